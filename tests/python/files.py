"""Object locks, and parallel file systems: files that are changed in place, access labels."""
import time

from obs import CreateBucketHeader, model


def run(s):
    rule = model.ObjectLockRule(mode="COMPLIANCE", days=1)
    s.check("setBucketObjectLock", s.target, model.ObjectLockConfiguration(objectLockEnabled="Enabled", rule=rule))
    s.check("getBucketObjectLock", s.target, want=lambda r: r.body.objectLockEnabled == "Enabled" and (r.body.rule.mode, int(r.body.rule.days)) == ("COMPLIANCE", 1))
    held = s.client.putContent(s.target, "held", "x").body.versionId
    s.check("putObjectRetention", s.target, "held", "COMPLIANCE", int((time.time() + 864000) * 1000))
    s.check("deleteObject", s.target, "held", held, status=403)

    system = s.bucket + "-files"
    # Quirk: in v2 and v4 the header that makes it a file system keeps its obs name
    s.check("createBucket", system, CreateBucketHeader(isPFS=True))
    s.check("listBuckets", bucketType="POSIX", want=lambda r: system in [one.name for one in r.body.buckets])
    s.client.putContent(system, "d/f.txt", "hello")
    s.check("modifyFile", system, "d/f.txt", 4, "XY")
    s.check("getObject", system, "d/f.txt", loadStreamInMemory=True, want=lambda r: r.body.buffer == b"hellXY")
    s.check("truncateFile", system, "d/f.txt", 5)
    s.check("renameFile", system, "d/f.txt", "d/g ü.txt")
    s.check("getObject", system, "d/g ü.txt", loadStreamInMemory=True, want=lambda r: r.body.buffer == b"hellX")
    s.check("headObject", system, "d/f.txt", status=404)
    # Quirk: the text of a Python dictionary is sent instead of JSON
    s.check("setAccessLabel", system, "d/", ["role_1", "role_2"])
    s.check("getAccessLabel", system, "d/", want=lambda r: r.body["accesslabel"] == ["role_1", "role_2"])
    s.check("deleteAccessLabel", system, "d/")
    s.check("getAccessLabel", system, "d/", status=404)
    s.client.deleteObject(system, "d/g ü.txt")
