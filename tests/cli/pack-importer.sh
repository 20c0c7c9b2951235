# The importer is missing, dies, is something else, or writes nonsense.
articles
mkdir bin
importer() {
    printf '#!/bin/sh\n%s\n' "$1" > bin/sheaf-import
    chmod +x bin/sheaf-import
    SHEAF_LIBEXEC=bin both sheaf pack -o a.sheaf news.jsonl
}
SHEAF_LIBEXEC=nowhere both sheaf pack -o a.sheaf news.jsonl
importer 'exit 3'
importer 'kill -9 $$'
importer 'echo something else'
importer 'printf "SHFIMP1\nX"'
importer 'printf "SHFIMP1\nA\000\001x\377\377\377\377"'
importer 'printf "SHFIMP1\nZ\000\000\000\000\000\000\000\011"'
importer 'printf "SHFIMP1\nA\000\001x\000\000\000\012{\"id\":\"x\"}\001\002"'
ls -A
