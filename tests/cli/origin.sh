# An archive of the same signer that is another one than was wanted is refused,
# and so is a proof.
packed -s "$CLI/key.sec" -n example.org/log
key=$CLI/key.pub
sheaf checkpoint a.sheaf > old.note
sheaf prove a.sheaf a1 -o a1.proof
line '{"id":"c1","title":"New","text":"New.\n"}' > more.jsonl
sheaf append -q $TIME a.sheaf -s "$CLI/key.sec" more.jsonl
sheaf prove a.sheaf --from old.note -o grown.proof
for command in get extract list verify prove check; do
    case $command in
    get) set -- a.sheaf -p "$key" a1 ;;
    extract) set -- a.sheaf -p "$key" --format jsonl -o - a1 ;;
    list) set -- a.sheaf --prefix a1 ;;
    verify) set -- a.sheaf -p "$key" -q ;;
    prove) set -- a.sheaf a1 -o out.proof ;;
    check) set -- a1.proof -p "$key" -q ;;
    esac
    t sheaf $command "$@" --origin example.org/log
    both sheaf $command "$@" --origin example.org/other
    rm -f out.proof
done
t sheaf check grown.proof --from old.note -p "$key" -q --origin example.org/log
both sheaf check grown.proof --from old.note -p "$key" -q --origin x
t sheaf check a1.proof -p "$key" --json --origin x 2> /dev/null
