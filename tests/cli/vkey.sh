# Keys for policies, and for tools in Go.
t sheaf vkey -p "$CLI/key.pub" -n example.org/log
t sheaf vkey -P "$(sed -n 2p "$CLI/key.pub")" --name w.example/1
both sheaf vkey -p "$CLI/key.pub"
both sheaf vkey -n example.org/log
both sheaf vkey -p "$CLI/key.pub" -n 'no origin'
both sheaf vkey -p "$CLI/key.pub" --name 'no name'
