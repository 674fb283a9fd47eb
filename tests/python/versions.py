"""Versions. Guide, chapter 11."""
from obs import GetObjectRequest, Versions

from objects import ODD

KEY = "versioned " + ODD


def run(s):
    for status in ("Enabled", "Suspended", "Enabled"):
        s.check("setBucketVersioning", s.bucket, status)
        s.check("getBucketVersioning", s.bucket, want=lambda r: r.body == status)
    first = s.check("putContent", s.bucket, KEY, "1", want=lambda r: bool(r.body.versionId)).body.versionId
    second = s.check("putContent", s.bucket, KEY, "22", want=lambda r: r.body.versionId != first).body.versionId

    def get(version, want=None, status=None):
        s.check("getObject", s.bucket, KEY, getObjectRequest=GetObjectRequest(versionId=version), loadStreamInMemory=True, want=want, status=status)

    get(first, lambda r: r.body.buffer == b"1")
    get(None, lambda r: r.body.buffer == b"22")
    get("G00000000000000000000000000000000", status=404)
    s.check("getObjectMetadata", s.bucket, KEY, first, want=lambda r: r.body.contentLength == 1 and r.body.versionId == first)
    s.check("copyObject", s.bucket, KEY, s.bucket, "from version", versionId=first, want=lambda r: r.body.copySourceVersionId == first)
    s.check("setObjectAcl", s.bucket, KEY, versionId=first, aclControl="public-read")
    s.check("getObjectAcl", s.bucket, KEY, first, want=lambda r: len(r.body.grants) == 2)
    s.check("getObjectAcl", s.bucket, KEY, want=lambda r: len(r.body.grants) == 1)

    marker = s.check("deleteObject", s.bucket, KEY, want=lambda r: r.body.deleteMarker and r.body.versionId).body.versionId
    s.check("getObject", s.bucket, KEY, status=404)
    listed = s.check("listVersions", s.bucket, Versions(prefix="versioned", encoding_type="url"), want=lambda r: (
        [one.versionId for one in r.body.versions] == [second, first] and not r.body.versions[0].isLatest
        and [one.versionId for one in r.body.markers] == [marker] and r.body.markers[0].isLatest and r.body.versions[0].key == KEY))
    page = s.check("listVersions", s.bucket, Versions(prefix="versioned", max_keys=1), want=lambda r: (
        r.body.head.isTruncated and r.body.head.nextVersionIdMarker == marker and not r.body.versions))
    following = Versions(prefix="versioned", max_keys=1, key_marker=listed.body.versions[0].key, version_id_marker=page.body.head.nextVersionIdMarker)
    s.check("listVersions", s.bucket, following, want=lambda r: [one.versionId for one in r.body.versions] == [second])
    s.check("listVersions", s.bucket, Versions(delimiter="/"), want=lambda r: "dir/" in [one.prefix for one in r.body.commonPrefixs])
    s.check("deleteObject", s.bucket, KEY, marker)
    get(None, lambda r: r.body.buffer == b"22")
    s.check("deleteObject", s.bucket, KEY, second)
    get(None, lambda r: r.body.buffer == b"1")
    s.check("setBucketVersioning", s.bucket, "Suspended")
    s.check("putContent", s.bucket, KEY, "null", want=lambda r: r.body.versionId in (None, "null"))
    get("null", lambda r: r.body.buffer == b"null")
