# One from the environment. It is not passed on to the importer, nor are keys
# of a server.
mkdir bin
cat > bin/sheaf-import << END
#!/bin/sh
echo "passphrase: \$SHEAF_PASSPHRASE \$AWS_SECRET_ACCESS_KEY" >&2
exec "$SHEAF_LIBEXEC/sheaf-import" "\$@"
END
chmod +x bin/sheaf-import
articles
SHEAF_LIBEXEC=$PWD/bin SHEAF_PASSPHRASE='open sesame' \
    AWS_SECRET_ACCESS_KEY=secret \
    sheaf pack -q -o a.sheaf -s "$CLI/locked.sec" news.jsonl
sheaf verify -q a.sheaf -p "$CLI/locked.pub"
