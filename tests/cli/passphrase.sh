# One from the environment. It is not passed on to the importer.
mkdir bin
cat > bin/sheaf-import << END
#!/bin/sh
echo "passphrase: \$SHEAF_PASSPHRASE" >&2
exec "$SHEAF_LIBEXEC/sheaf-import" "\$@"
END
chmod +x bin/sheaf-import
articles
SHEAF_LIBEXEC=$PWD/bin SHEAF_PASSPHRASE='open sesame' \
    sheaf pack -q -o a.sheaf -s "$CLI/locked.sec" news.jsonl
sheaf verify -q a.sheaf -p "$CLI/locked.pub"
