"""What is deleted: many objects at once, and the bucket."""
from obs import DeleteObjectsRequest, Object


def run(s):
    s.check("deleteBucket", s.bucket, status=409, code="BucketNotEmpty")
    s.client.putContent(s.bucket, "gone", "x")
    s.check("deleteObject", s.bucket, "gone")
    s.check("deleteObject", s.bucket, "gone", want=lambda r: r.status == 204)
    listed = s.client.listVersions(s.bucket).body
    objects = [Object(one.key, one.versionId) for one in listed.versions + listed.markers]
    assert len(objects) > 20 and not listed.head.isTruncated
    s.check("deleteObjects", s.bucket, DeleteObjectsRequest(quiet=True, objects=objects[:2]), want=lambda r: not r.body.deleted and not r.body.error)
    rest = DeleteObjectsRequest(quiet=False, objects=objects[2:], encoding_type="url")
    s.check("deleteObjects", s.bucket, rest, want=lambda r: sorted(one.key for one in r.body.deleted) == sorted(one.key for one in objects[2:]))
    s.check("listVersions", s.bucket, want=lambda r: not r.body.versions and not r.body.markers)
    s.check("deleteBucket", s.bucket)
    s.check("headBucket", s.bucket, status=404)
    s.check("deleteBucket", s.bucket, status=404, code="NoSuchBucket")
