#!/bin/sh
# completion.sh - what shells complete, tried in these shells. Prints TAP.
: "${SHEAF:?set it to the program to test}"
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$tmp" || exit 2
mkdir bin
ln -s "$SHEAF" bin/sheaf
PATH=$tmp/bin:$PATH
HOME=$tmp
export PATH HOME
: > news.sheaf
n=0
bad=0

# is WHAT GOT WANTED
is() {
    n=$((n + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "# got    $2"
        echo "# wanted $3"
        bad=1
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP there is no $1"
}

# bash_says WORD... - the candidates for the last word.
bash_says() {
    bash --norc -c '. ./sheaf.bash; COMP_WORDS=(sheaf "$@"); COMP_CWORD=$#
        _sheaf; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2> /dev/null |
        tr '\n' ' '
}
if command -v bash > /dev/null; then
    "$SHEAF" completion bash > sheaf.bash
    is "bash: commands" "$(bash_says re)" 'repack repair redact rekey recover '
    is "bash: options" "$(bash_says list --re)" '--revisions --redacted --reverse '
    is "bash: words" "$(bash_says extract --format z)" 'zip '
    is "bash: files" "$(bash_says list ne)" 'news.sheaf '
    is "bash: help" "$(bash_says help key)" 'keygen '
else
    skip bash
fi

if command -v fish > /dev/null; then
    "$SHEAF" completion fish > sheaf.fish
    fish_says() {
        XDG_CONFIG_HOME=$tmp XDG_DATA_HOME=$tmp fish --no-config -c \
            "source sheaf.fish; complete -C '$1'" 2> /dev/null | cut -f 1 |
            sort | tr '\n' ' '
    }
    is "fish: commands" "$(fish_says 'sheaf re')" \
        'recover redact rekey repack repair '
    is "fish: options" "$(fish_says 'sheaf list --reda')" '--redacted '
    is "fish: words" "$(fish_says 'sheaf extract --format z')" 'zip '
    is "fish: files" "$(fish_says 'sheaf list ne')" 'news.sheaf '
else
    skip fish
fi

# At a terminal: zsh completes nowhere else.
if command -v zsh > /dev/null &&
    "${PYTHON:-python3}" -c 'import pty; pty.openpty()' 2> /dev/null; then
    "$SHEAF" completion zsh > _sheaf
    zsh_says() {
        "${PYTHON:-python3}" - "$1" << 'END_OF_PYTHON'
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", PS1="")
    os.execvp("zsh", ["zsh", "-f", "-i"])
seen = b""
def until(what):
    global seen
    while what not in seen:
        if not select.select([fd], [], [], 30)[0]:
            sys.exit("waits")
        try:
            seen += os.read(fd, 65536)
        except OSError:
            sys.exit("ended")
os.write(fd, b"fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D\n"
             b"show() { print -r -- \"<<$BUFFER>>\"; zle kill-whole-line; zle accept-line }\n"
             b"zle -N show; bindkey '^Xz' show; print rea''dy\n")
until(b"ready")
seen = b""
os.write(fd, sys.argv[1].encode() + b"\t\x18z")
until(b">>")
print(seen[seen.rindex(b"<<") + 2:seen.rindex(b">>")].decode())
os.write(fd, b"exit\n")
END_OF_PYTHON
    }
    is "zsh: commands" "$(zsh_says 'sheaf keyg')" 'sheaf keygen '
    is "zsh: options" "$(zsh_says 'sheaf list --redac')" 'sheaf list --redacted '
    is "zsh: words" "$(zsh_says 'sheaf extract --format sq')" \
        'sheaf extract --format sqlite '
    is "zsh: files" "$(zsh_says 'sheaf list ne')" 'sheaf list news.sheaf '
else
    skip zsh
fi
echo "1..$n"
exit $bad
