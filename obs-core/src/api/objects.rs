//! Calls about objects.

use super::bucket_operations;
use crate::body::Content;
use crate::object::*;
use crate::settings::Tagging;
use crate::types::{AccessControlList, Acl, CopySource};

bucket_operations! {
    /// Uploads text, bytes or a stream (OBS: PUT Object), at most 5 GB.
    example
    /// let put = bucket.put_content("today.md", "Hello OBS").metadata("owner", "alice").send()?;
    /// println!("{} has ETag {:?}", put.object_url, put.etag);
    fn put_content(key: impl Into<String>, content: impl Into<Content>) -> PutObject = PutObject::new(key, content);

    /// Uploads a stream or bytes (OBS: PUT Object): the same as [`put_content`](Self::put_content), under the name that other SDKs have for streams.
    example
    /// use std::io::Cursor;
    /// use obs_core::Content;
    ///
    /// let stream = Cursor::new(vec![0u8; 100_000]);
    /// bucket.put_object("stream.bin", Content::sized_reader(stream, 100_000)).send()?;
    fn put_object(key: impl Into<String>, content: impl Into<Content>) -> PutObject = PutObject::new(key, content);

    /// Uploads a file (OBS: PUT Object), at most 5 GB. Larger ones go up in parts: `upload_file` of `obs-transfer`, or
    /// [`initiate_multipart_upload`](Self::initiate_multipart_upload).
    example
    /// # std::fs::write("photo.jpg", "pixels")?;
    /// use obs_core::StorageClass;
    ///
    /// bucket.put_file("2026/photo.jpg", "photo.jpg").storage_class(StorageClass::Warm).send()?;
    fn put_file(key: impl Into<String>, path: impl AsRef<std::path::Path>) -> PutObject = PutObject::file(key, path.as_ref());

    /// Downloads an object, or a range of it (OBS: GET Object): into memory, as a stream, or to a file. A missing one:
    /// [`is_not_found`](crate::Error::is_not_found) (`NoSuchKey`); an archived one must be [restored](Self::restore_object) first.
    example
    /// let text = bucket.get_object("hello.txt").send()?.text()?;
    /// let first = bucket.get_object("hello.txt").range(0..5).send()?.bytes()?;
    /// bucket.get_object("hello.txt").send()?.save("downloads/hello.txt")?;
    /// # assert_eq!((text.as_str(), first.as_slice()), ("hello.txt", b"hello".as_slice()));
    fn get_object(key: impl Into<String>) -> GetObject = GetObject::new(key);

    /// Reads the properties of an object (OBS: HEAD Object).
    example
    /// let object = bucket.get_object_metadata("hello.txt").send()?;
    /// println!("{:?} bytes, changed {:?}", object.content_length, object.modified());
    /// println!("owner {:?}", object.metadata.get("owner"));
    fn get_object_metadata(key: impl Into<String>) -> GetObjectMetadata = GetObjectMetadata::new(key);

    /// Asks whether an object exists (OBS: HEAD Object); [`is_not_found`](crate::Error::is_not_found) tells that it does not.
    example
    /// let missing = bucket.head_object("hullo.txt").send().unwrap_err();
    /// assert!(missing.is_not_found());
    /// bucket.head_object("hello.txt").send()?;
    fn head_object(key: impl Into<String>) -> HeadObject = HeadObject::new(key);

    /// Deletes an object, or one version of it (OBS: DELETE Object). Deleting what is not there is a success.
    example
    /// bucket.delete_object("hello.txt").send()?;
    fn delete_object(key: impl Into<String>) -> DeleteObject = DeleteObject::new(key);

    /// Appends to an object at the position where it ends, or begins one at 0 (OBS: Append Object): at most 5 GB a call and
    /// 10,000 calls an object. At another position: [`next_position`](crate::Error::next_position) of the error tells the right one.
    example
    /// let first = bucket.append_object("log.txt", 0, "first line\n").send()?;
    /// bucket.append_object("log.txt", first.next_position, "second line\n").send()?;
    fn append_object(key: impl Into<String>, position: u64, content: impl Into<Content>) -> AppendObject = AppendObject::new(key, position, content);

    /// Makes this object of another, of at most 5 GB, without moving its bytes through the client (OBS: PUT Object - Copy).
    example
    /// use obs_core::CopySource;
    ///
    /// bucket.copy_object("backup/hello.txt", CopySource::new("my-bucket", "hello.txt")).send()?;
    fn copy_object(key: impl Into<String>, source: impl Into<CopySource>) -> CopyObject = CopyObject::new(key, source);

    /// Deletes 1 to 1,000 objects or versions (OBS: Delete Objects). Look at
    /// [`errors`](crate::object::DeleteObjectsOutput::errors) of what it gives.
    example
    /// let deleted = bucket.delete_objects(["hello.txt", "never-there.txt"]).send()?;
    /// for failure in &deleted.errors {
    ///     eprintln!("{}: {:?}", failure.key, failure.message);
    /// }
    /// # assert_eq!(deleted.deleted.len(), 2);
    fn delete_objects(objects: impl IntoIterator<Item = impl Into<ObjectId>>) -> DeleteObjects = DeleteObjects::new(objects);

    /// Restores an archived (Cold) object for 1 to 30 days (OBS: POST Object restore): it can be read when the service is done, after minutes or
    /// hours. While that goes on: `RestoreAlreadyInProgress`.
    example
    /// use obs_core::StorageClass;
    /// use obs_core::object::RestoreTier;
    ///
    /// bucket.put_content("2019.tar", "ice").storage_class(StorageClass::Cold).send()?;
    /// bucket.restore_object("2019.tar", 7).tier(RestoreTier::Expedited).send()?;
    fn restore_object(key: impl Into<String>, days: u32) -> RestoreObject = RestoreObject::new(key, days);

    /// Protects a version of an object until a time (OBS: object WORM retention), which can be prolonged and not cut short. The bucket needs
    /// [object lock](Self::set_bucket_object_lock).
    example
    /// use std::time::{Duration, SystemTime};
    /// use obs_core::settings::ObjectLock;
    ///
    /// bucket.set_bucket_object_lock(ObjectLock::enabled()).send()?;
    /// bucket.put_content("contract.pdf", "signed").send()?;
    /// let in_a_year = SystemTime::now() + Duration::from_secs(365 * 86_400);
    /// bucket.put_object_retention("contract.pdf", "COMPLIANCE", in_a_year).send()?;
    fn put_object_retention(key: impl Into<String>, mode: impl Into<String>, until: std::time::SystemTime) -> PutObjectRetention = PutObjectRetention::new(key, mode, until);

    /// Changes the properties of an object and its custom metadata (OBS: PUT Object metadata).
    example
    /// bucket.set_object_metadata("hello.txt").content_type("text/markdown").send()?;
    fn set_object_metadata(key: impl Into<String>) -> SetObjectMetadata = SetObjectMetadata::new(key);

    /// Reads who may access an object (OBS: GET Object acl).
    example
    /// for grant in &bucket.get_object_acl("hello.txt").send()?.grants {
    ///     println!("{:?} {}", grant.grantee, grant.permission);
    /// }
    fn get_object_acl(key: impl Into<String>) -> GetObjectSetting<AccessControlList> = GetObjectSetting::new(key);

    /// Sets who may access an object, by a predefined list or one of one's own with at most 100 grants (OBS: PUT Object acl).
    example
    /// use obs_core::CannedAcl;
    ///
    /// bucket.set_object_acl("hello.txt", CannedAcl::PublicRead).send()?;
    fn set_object_acl(key: impl Into<String>, acl: impl Into<Acl>) -> SetObjectAcl = SetObjectAcl::new(key, acl);

    /// Reads the tags of an object (OBS: GET Object tagging).
    example
    /// # bucket.set_object_tagging("hello.txt", [("stage", "draft")]).send()?;
    /// assert_eq!(bucket.get_object_tagging("hello.txt").send()?.get("stage"), Some("draft"));
    fn get_object_tagging(key: impl Into<String>) -> GetObjectSetting<Tagging> = GetObjectSetting::new(key);

    /// Replaces the tags of an object, 10 at most (OBS: PUT Object tagging).
    example
    /// bucket.set_object_tagging("hello.txt", [("stage", "draft"), ("owner", "alice")]).send()?;
    fn set_object_tagging(key: impl Into<String>, tags: impl Into<Tagging>) -> SetObjectSetting<Tagging> = SetObjectSetting::new(key, tags.into());

    /// Deletes the tags of an object (OBS: DELETE Object tagging).
    example
    /// bucket.delete_object_tagging("hello.txt").send()?;
    fn delete_object_tagging(key: impl Into<String>) -> DeleteObjectSetting<Tagging> = DeleteObjectSetting::new(key);

    /// Asks the bucket's CORS rules whether a page of this origin may call an object (OBS: OPTIONS Object). Where no rule allows it:
    /// [`is_access_denied`](crate::Error::is_access_denied).
    example
    /// use obs_core::settings::cors::CorsRule;
    ///
    /// bucket.set_bucket_cors([CorsRule::new(["GET"], ["https://www.example.com"])]).send()?;
    /// let preflight = bucket.options_object("hello.txt", "https://www.example.com");
    /// assert!(preflight.request_method("PUT").send().unwrap_err().is_access_denied());
    fn options_object(key: impl Into<String>, origin: impl Into<String>) -> OptionsObject = OptionsObject::new(key, origin);

    /// Lists the objects by key, at most 1,000 a page (OBS: List Objects). [`iter`](crate::Request::iter) fetches page after page,
    /// [`send`](crate::Request::send) one.
    example
    /// for object in bucket.list_objects().prefix("hello").iter() {
    ///     let object = object?;
    ///     println!("{} {} bytes", object.key, object.size);
    /// }
    fn list_objects() -> ListObjects = ListObjects::default();

    /// Lists the versions of the objects and the delete markers, at most 1,000 a page (OBS: List Objects, versions).
    example
    /// for entry in bucket.list_versions().iter() {
    ///     let entry = entry?;
    ///     println!("{} {:?} {}", entry.key(), entry.version_id(), entry.is_latest());
    /// }
    fn list_versions() -> ListVersions = ListVersions::default();

    /// Renames a file, or a folder with all that is in it (OBS: Rename File). Parallel file systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// files.rename_file("dir/a.txt", "dir/b.txt").send()?;
    fn rename_file(key: impl Into<String>, new_key: impl Into<String>) -> RenameFile = RenameFile::new(key, new_key);

    /// Sets the length of a file in bytes (OBS: Truncate File): cuts it off, or fills it up with zeros. Parallel file systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// files.truncate_file("dir/a.txt", 3).send()?;
    /// assert_eq!(files.get_object("dir/a.txt").send()?.text()?, "dir");
    fn truncate_file(key: impl Into<String>, length: u64) -> TruncateFile = TruncateFile::new(key, length);

    /// Writes over the bytes of a file from a position on (OBS: Modify File). Parallel file systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// files.modify_file("dir/a.txt", 4, "b").send()?;
    /// assert_eq!(files.get_object("dir/a.txt").send()?.text()?, "dir/b.txt");
    fn modify_file(key: impl Into<String>, position: u64, content: impl Into<Content>) -> ModifyFile = ModifyFile::new(key, position, content);

    /// Reads the access labels of a directory (OBS: Obtain Access Labels). Parallel file systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// # files.set_access_label("dir/", ["role_1"]).send()?;
    /// assert_eq!(files.get_access_label("dir/").send()?.labels, ["role_1"]);
    fn get_access_label(key: impl Into<String>) -> GetObjectSetting<AccessLabel> = GetObjectSetting::new(key);

    /// Replaces the access labels of a directory (OBS: Set Access Labels): names of roles that policies grant rights to. Parallel file
    /// systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// files.set_access_label("dir/", ["role_1", "role_2"]).send()?;
    fn set_access_label(key: impl Into<String>, labels: impl Into<AccessLabel>) -> SetObjectSetting<AccessLabel> = SetObjectSetting::new(key, labels.into());

    /// Deletes the access labels of a directory (OBS: Delete Access Labels). Parallel file systems only.
    example
    /// # let (_place, files) = obs_sandbox::file_system(&["dir/a.txt"]);
    /// # files.set_access_label("dir/", ["role_1"]).send()?;
    /// files.delete_access_label("dir/").send()?;
    fn delete_access_label(key: impl Into<String>) -> DeleteObjectSetting<AccessLabel> = DeleteObjectSetting::new(key);
}
