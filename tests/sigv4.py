"""sigv4.py - AWS Signature Version 4, from its documentation; for tests.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import re
import urllib.parse


def canonical_request(method, path, headers, signed, payload):
    path, _, query = path.partition("?")
    pairs = sorted(tuple(urllib.parse.quote(urllib.parse.unquote(x), safe="-_.~")
                         for x in (pair.partition("=")[0], pair.partition("=")[2]))
                   for pair in query.split("&") if pair)
    path = urllib.parse.quote(urllib.parse.unquote(path), safe="/-_.~")
    lines = [method, path, "&".join("%s=%s" % p for p in pairs)]
    lines += ["%s:%s" % (name, " ".join(headers[name].split())) for name in signed]
    return "\n".join(lines + ["", ";".join(signed), payload])


def signature(secret, date, region, service, request):
    scope = "/".join((date[:8], region, service, "aws4_request"))
    text = "\n".join(("AWS4-HMAC-SHA256", date, scope,
                      hashlib.sha256(request.encode()).hexdigest()))
    key = ("AWS4" + secret).encode()
    for part in (date[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def refuse(method, path, headers, secrets, region, service, token=None):
    """Why the request is refused, or ""."""
    given = {k.lower(): v for k, v in headers.items()}
    m = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/,]+)/(\d{8})/([^/,]+)/([^/,]+)/aws4_request, ?"
        r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})",
        given.get("authorization", ""))
    if not m:
        return "not signed"
    key, day, where, what, signed, given_signature = m.groups()
    signed = signed.split(";")
    date = given.get("x-amz-date", "")
    payload = given.get("x-amz-content-sha256")
    if key not in secrets:
        return "unknown key"
    if (where, what) != (region, service):
        return "signed for %s, %s" % (where, what)
    if day != date[:8] or not re.fullmatch(r"\d{8}T\d{6}Z", date):
        return "wrong date"
    if payload is None:
        return "no x-amz-content-sha256"
    if signed != sorted(signed) or not {"host", "x-amz-date"} <= set(signed):
        return "too few headers are signed"
    if any(name.startswith("x-amz-") and name not in signed for name in given):
        return "an x-amz header is not signed"
    if given.get("x-amz-security-token") != token:
        return "wrong token"
    if any(name not in given for name in signed):
        return "a signed header is missing"
    request = canonical_request(method, path, given, signed, payload)
    if signature(secrets[key], date, region, service, request) != given_signature:
        return "the signature is wrong"
    return ""


def example():
    """The published example "GET Object"; True if this file agrees."""
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-amz-date": "20130524T000000Z",
        "Authorization": "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
        "aws4_request, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    }
    secrets = {"AKIAIOSFODNN7EXAMPLE": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
    return refuse("GET", "/test.txt", headers, secrets, "us-east-1", "s3") == "" and \
        refuse("GET", "/test.tx", headers, secrets, "us-east-1", "s3") != ""
