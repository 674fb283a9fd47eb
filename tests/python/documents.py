"""The bucket documents of the guide, chapters 12 to 17."""
from obs import (
    AbortIncompleteMultipartUpload, Condition, CorsRule, DateTime, ErrorDocument, Expiration, FilterRule, FunctionGraphConfiguration,
    Grant, Grantee, Group, IndexDocument, Lifecycle, Logging, NoncurrentVersionExpiration,
    NoncurrentVersionTransition, Notification, Options, Permission, Redirect, RedirectAllRequestTo, RoutingRule, Rule, Tag, TagInfo,
    TopicConfiguration, Transition, WebsiteConfiguration,
)

from session import holds, plain

ORIGIN = "http://www.a.com"


def run(s):
    lifecycle(s)
    cors(s)
    logging(s)
    website(s)
    notification(s)
    tags = TagInfo([Tag("a", "1"), Tag("键", "值 &<>")])
    s.round_trip("BucketTagging", tags, lambda r: r.body, missing="NoSuchTagSet")


def lifecycle(s):
    warm, cold = ("WARM", "COLD") if s.obs else ("STANDARD_IA", "GLACIER")
    s.round_trip("BucketLifecycle", Lifecycle(rule=[
        Rule(
            id="r1", prefix="p/", status="Enabled", expiration=Expiration(days=60),
            transition=[Transition(days=30, storageClass=warm), Transition(days=50, storageClass=cold)],
            noncurrentVersionExpiration=NoncurrentVersionExpiration(noncurrentDays=90),
            noncurrentVersionTransition=[NoncurrentVersionTransition(noncurrentDays=30, storageClass=cold)],
            abortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(7),
        ),
        Rule(id="r2", prefix="q/", status="Disabled", expiration=Expiration(days=1)),
    ]), lambda r: r.body.lifecycleConfig, missing="NoSuchLifecycleConfiguration")
    dated = Rule(id="r3", prefix="d", status="Enabled", expiration=Expiration(date=DateTime(2030, 1, 1)))
    s.check("setBucketLifecycle", s.bucket, Lifecycle(rule=[dated]))
    s.check("getBucketLifecycle", s.bucket, want=lambda r: str(r.body.lifecycleConfig.rule[0].expiration.date).startswith("2030/01/01"))
    s.check("setBucketLifecycle", s.bucket, Lifecycle(rule=[]), status=400, code="MalformedXML")
    s.check("deleteBucketLifecycle", s.bucket)


def cors(s):
    rules = [
        CorsRule(id="c1", allowedMethod=["PUT", "GET", "HEAD"], allowedOrigin=[ORIGIN], allowedHeader=["x-obs-header"],
                 maxAgeSecond=60, exposeHeader=["x-obs-expose"]),
        CorsRule(id="c2", allowedMethod=["HEAD"], allowedOrigin=["*"], maxAgeSecond=5),
    ]
    s.check("setBucketCors", s.bucket, rules)
    s.check("getBucketCors", s.bucket, want=lambda r: holds(plain(r.body), plain(rules)))
    asked = Options(origin=ORIGIN, accessControlRequestMethods=["PUT"], accessControlRequestHeaders=["x-obs-header"])
    refused = Options(origin="http://b.com", accessControlRequestMethods=["PUT"])

    # Quirk: the members are misspelt
    def allowed(r):
        return r.body.accessContorlAllowOrigin == ORIGIN and r.body.accessContorlMaxAge == 60 and "PUT" in r.body.accessContorlAllowMethods

    s.check("optionsBucket", s.bucket, asked, want=allowed)
    s.check("optionsBucket", s.bucket, refused, status=403)
    s.check("optionsObject", s.bucket, "k", asked, want=allowed)
    s.check("optionsObject", s.bucket, "k", refused, status=403)
    s.check("getBucketMetadata", s.bucket, origin=ORIGIN, requestHeaders="x-obs-header", want=lambda r: r.body.accessContorlAllowOrigin == ORIGIN)
    s.check("deleteBucketCors", s.bucket)
    s.check("getBucketCors", s.bucket, status=404, code="NoSuchCORSConfiguration")


def logging(s):
    grants = [Grant(Grantee(group=Group.ALL_USERS), Permission.READ)]
    s.check("setBucketLogging", s.bucket, Logging(targetBucket=s.target, targetPrefix="log/", agency="agency", targetGrants=grants))

    def kept(r):
        return (r.body.targetBucket, r.body.targetPrefix, len(r.body.targetGrants)) == (s.target, "log/", 1) and (not s.obs or r.body.agency == "agency")

    s.check("getBucketLogging", s.bucket, want=kept)
    s.check("setBucketLogging", s.bucket, Logging())
    s.check("getBucketLogging", s.bucket, want=lambda r: r.body.targetBucket is None)


def website(s):
    rule = RoutingRule(Condition(keyPrefixEquals="old/"), Redirect(protocol="https", hostName="new.example.com", replaceKeyPrefixWith="new/", httpRedirectCode=301))
    s.round_trip("BucketWebsite", WebsiteConfiguration(
        indexDocument=IndexDocument(suffix="index.html"), errorDocument=ErrorDocument(key="error.html"), routingRules=[rule],
    ), lambda r: r.body, missing="NoSuchWebsiteConfiguration")
    s.round_trip("BucketWebsite", WebsiteConfiguration(redirectAllRequestTo=RedirectAllRequestTo("www.example.com", "https")), lambda r: r.body)


def notification(s):
    events = Notification(
        topicConfigurations=[TopicConfiguration(
            id="1", topic="urn:t", events=["ObjectCreated:*", "ObjectRemoved:*"], filterRules=[FilterRule("prefix", "p"), FilterRule("suffix", ".jpg")])],
        functionGraphConfigurations=[FunctionGraphConfiguration(
            id="2", functionGraph="urn:f", events=["ObjectRemoved:Delete"], filterRules=[FilterRule("suffix", "s")])],
    )

    def same(r):
        # In v2 the events have `s3:` in front
        bare = [event.replace("s3:", "") for event in r.body.topicConfigurations[0].events]
        r.body.topicConfigurations[0].events = bare
        r.body.functionGraphConfigurations[0].events = [event.replace("s3:", "") for event in r.body.functionGraphConfigurations[0].events]
        return holds(plain(r.body), plain(events))

    s.check("setBucketNotification", s.bucket, events)
    s.check("getBucketNotification", s.bucket, want=same)
    s.check("setBucketNotification", s.bucket, Notification())
    s.check("getBucketNotification", s.bucket, want=lambda r: not r.body.topicConfigurations and not r.body.functionGraphConfigurations)
