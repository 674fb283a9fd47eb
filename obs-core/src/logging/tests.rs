use std::time::{Duration, Instant};

use super::*;

fn conf(text: &str) -> Result<LogConf> {
    format!("[LOGCONF]\n{text}").parse()
}

fn say(logger: &GuideLog, target: &str, level: Level, message: &str) {
    let args = format_args!("{message}");
    logger.log(
        &Record::builder()
            .target(target)
            .level(level)
            .args(args)
            .module_path(Some("obs_core::call"))
            .line(Some(7))
            .build(),
    );
    logger.flush();
}

fn in_folder(folder: &Path, text: &str) -> GuideLog {
    GuideLog::new(&conf(&format!("LogFileDir = {}\n{text}", folder.join("logs").display())).unwrap()).unwrap()
}

#[test]
fn the_conf_of_the_guide() {
    let read: LogConf = "\u{feff}# a comment\r\n[OTHER]\r\nLogFileName=no.log\r\n[logconf]\r\n; another\r\nLogFileDir=/var/log\r\n\
        logfilename : obs.log\r\nLogFileSize = 3\r\nLogFileNumber = 4\r\nLogFileLevel = warning\r\nPrintLogToConsole = 1\r\n\
        PrintLogLevel = loud\r\nSomething = else\r\n"
        .parse()
        .unwrap();
    let expected = LogConf {
        dir: "/var/log".into(),
        file_name: "obs.log".to_owned(),
        file_size: 3 << 20,
        file_number: 4,
        file_level: LevelFilter::Warn,
        print_to_console: true,
        print_level: LevelFilter::Trace,
    };
    assert_eq!(read, expected);
    assert_eq!(conf("").unwrap(), LogConf::default());
    for (text, names) in [
        ("LogFileSize = 10MB", "LogFileSize"),
        ("PrintLogToConsole = yes", "yes"),
        ("LogFileName = ..", "LogFileName"),
    ] {
        let error = conf(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(names), "{error}");
    }
    assert!("LogFileSize = 3".parse::<LogConf>().unwrap_err().to_string().contains("[LOGCONF]"));
    assert_eq!(LogConf::from_file("/no/such/log.conf").unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn lines_are_those_of_the_guide_and_hold_no_signature() {
    let folder = tempfile::tempdir().unwrap();
    let logger = in_folder(folder.path(), "LogFileLevel = INFO\nLogFileSize = 0");
    say(
        &logger,
        "obs::http",
        Level::Info,
        "GET https://b.example.com/k?Expires=1&Signature=s3cret&x=1\nforged line",
    );
    say(&logger, "obs::http", Level::Debug, "below the level");
    say(&logger, "ureq::run", Level::Info, "of another crate");
    say(&logger, "obs::retry", Level::Warn, "slow");
    let written = std::fs::read_to_string(folder.path().join("logs/log.log")).unwrap();
    let lines: Vec<_> = written.lines().collect();
    assert_eq!(lines.len(), 2, "{written}");
    let parts: Vec<_> = lines[0].split('|').collect();
    let (date, time) = parts[0].split_once(' ').unwrap();
    assert_eq!((date.len(), time.len(), time.as_bytes()[8]), (10, 12, b','), "{}", parts[0]);
    assert_eq!(parts[1], format!("process:{}", std::process::id()));
    assert!(parts[2].strip_prefix("thread:").is_some_and(|n| n.parse::<u64>().is_ok()), "{}", parts[2]);
    assert_eq!(parts[3..7], ["INFO", "HTTP(s)+XML", "obs::http", "obs_core::call,7"]);
    assert_eq!(parts[7], "GET https://b.example.com/k?Expires=1&Signature=******&x=1 forged line");
    assert!(lines[1].contains("|WARNING|HTTP(s)+XML|obs::retry|"), "{}", lines[1]);
}

#[test]
fn a_new_file_is_begun_by_size_and_old_ones_go() {
    let folder = tempfile::tempdir().unwrap();
    let logger = in_folder(folder.path(), "LogFileSize = 1\nLogFileNumber = 2");
    let long = "x".repeat(100_000);
    for n in 0..50 {
        say(&logger, "obs::transfer", Level::Error, &format!("{n} {long}"));
    }
    // Old files go in a thread of their own: one may be there when they are listed, and gone when it is looked at.
    let sizes = || -> Vec<u64> {
        std::fs::read_dir(folder.path().join("logs"))
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
            .filter_map(|entry| entry.metadata().ok())
            .map(|metadata| metadata.len())
            .collect()
    };
    let began = Instant::now();
    while !(2..=3).contains(&sizes().len()) {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", sizes());
        std::thread::sleep(Duration::from_millis(5));
    }
    let sizes = sizes();
    assert!(sizes.iter().all(|size| *size < 1_300_000), "{sizes:?}");
    #[cfg(unix)]
    {
        let current = std::fs::read_to_string(folder.path().join("logs/log.log")).unwrap();
        assert!(current.contains("|49 xxx"), "the name of the configuration leads to the newest");
    }
}
