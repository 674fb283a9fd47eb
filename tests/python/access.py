"""Who may: temporary keys, strangers, the anonymous, a negotiated signature, a domain of one's own."""
import os

import signed


def run(s):
    token = os.environ["OBS_SECURITY_TOKEN"]
    key = os.environ["OBS_TEMPORARY_ACCESS_KEY_ID"], os.environ["OBS_TEMPORARY_SECRET_ACCESS_KEY"]
    temporary = s.make_client(*key, security_token=token)
    s.check("putContent", s.bucket, "temporary", "x", by=temporary)
    s.check("getObject", s.bucket, "temporary", loadStreamInMemory=True, by=temporary, want=lambda r: r.body.buffer == b"x")
    signed.use(s, "GET Object", "GET", lambda r: r.body == b"x", client=temporary, bucketName=s.bucket, objectKey="temporary")
    signed.post(s, temporary, key[0], token)
    without = s.make_client(*key)
    s.check("headBucket", s.bucket, by=without, status=403)

    stranger = s.make_client(secret_key="wrong")
    s.check("listBuckets", by=stranger, status=403, code="SignatureDoesNotMatch")
    s.check("headBucket", s.bucket, by=stranger, status=403)
    unknown = s.make_client("UNKNOWN", "wrong")
    s.check("listObjects", s.bucket, by=unknown, status=403, code="InvalidAccessKeyId")
    anonymous = s.make_client("", "")
    s.check("getObject", s.bucket, "temporary", by=anonymous, status=403, code="AccessDenied")
    s.check("setObjectAcl", s.bucket, "temporary", aclControl="public-read")
    s.check("getObject", s.bucket, "temporary", loadStreamInMemory=True, by=anonymous, want=lambda r: r.body.buffer == b"x")

    if not s.path_style and s.obs:
        negotiating = s.make_client(is_signature_negotiation=True)
        s.check("putContent", s.bucket, "negotiated", "x", by=negotiating)
        s.check("listBuckets", by=negotiating, want=lambda r: s.bucket in [one.name for one in r.body.buckets])
    if s.signature != "v4":
        own = s.make_client(server="http://%s:%d" % (os.environ["CUSTOM_DOMAIN"], s.port), path_style=False, is_cname=True)
        s.check("putContent", "", "by domain/a b", "own", by=own)
        s.check("listObjects", "", prefix="by domain", by=own, want=lambda r: [one.key for one in r.body.contents] == ["by domain/a b"])
        s.check("getObject", "", "by domain/a b", loadStreamInMemory=True, by=own, want=lambda r: r.body.buffer == b"own")
