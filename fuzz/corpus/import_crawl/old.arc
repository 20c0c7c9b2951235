filedesc://x.arc 192.0.2.1 20240311100000 text/plain 6
1 0 X

http://x.example/a b 192.0.2.1 20240311100000 text/html 135
HTTP/1.1 200 OK
Content-Type: text/html

<!doctype html><html><head><title>a</title></head><body><p>The gate is open.</body></html>

http://x.example/c 192.0.2.1 20240311100000 text/html 91
<!doctype html><html><head><title>c</title></head><body><p>The gate is open.</body></html>

