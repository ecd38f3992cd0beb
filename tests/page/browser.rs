//! Chromium without a window, spoken to over two pipes: a JSON message, then a zero octet (the DevTools protocol).
//!
//! In: addresses, scripts, keys. Out: what scripts give, pictures, and what the page did that it should not. It
//! ends with the value that holds it. What it shows, it does not know.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::process::PATIENCE;
use crate::real;

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub width: u32,
    pub height: u32,
    pub is_dark: bool,
}

/// A desk and a phone, by day and by night.
pub const LOOKS: [Look; 4] = [
    Look { width: 1280, height: 900, is_dark: false },
    Look { width: 1280, height: 900, is_dark: true },
    Look { width: 390, height: 844, is_dark: false },
    Look { width: 390, height: 844, is_dark: true },
];

pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    number: u64,
    session: Option<String>,
    /// Exceptions, refusals of the policy and errors that the page has met.
    pub faults: Vec<String>,
    profile: tempfile::TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It has children of its own, which write into its profile until they end as well.
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id() as i32) {
            _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        _ = self.child.wait();
        let end = Instant::now() + PATIENCE;
        while std::fs::remove_dir_all(self.profile.path()).is_err() && Instant::now() < end {
            std::thread::yield_now();
        }
    }
}

/// One with an empty page; `None`, and says so, where there is no Chromium.
pub fn browser() -> Option<Browser> {
    real::have(&["chromium"]).then(Browser::start)
}

impl Browser {
    fn start() -> Self {
        let profile = real::folder();
        let program = real::find("chromium").unwrap();
        // It reads at 3 and writes at 4.
        let line = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "sh", "-c", line, "sh"]).arg(program);
        command.args(["--headless", "--remote-debugging-pipe", "--hide-scrollbars"]);
        command.args(["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]);
        command.arg(format!("--user-data-dir={}", profile.path().display()));
        if rustix::process::geteuid().is_root() {
            command.arg("--no-sandbox");
        }
        command.process_group(0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let from = BufReader::new(from);
        let (session, faults) = (None, Vec::new());
        let mut browser = Self { child, to, from, number: 0, session, faults, profile };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }));
        let words = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.ask("Target.attachToTarget", words);
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Runtime", "Log", "Page", "Network"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    pub fn ask(&mut self, method: &str, words: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": words });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        loop {
            let mut heard = self.hear();
            if heard["id"] == json!(self.number) {
                assert!(heard["error"].is_null(), "{method}: {}", heard["error"]);
                return heard["result"].take();
            }
            self.note(&heard);
        }
    }

    fn hear(&mut self) -> Value {
        let mut line = Vec::new();
        self.from.read_until(0, &mut line).unwrap();
        assert_eq!(line.pop(), Some(0), "chromium has ended");
        serde_json::from_slice(&line).unwrap()
    }

    fn note(&mut self, heard: &Value) {
        let words = &heard["params"];
        match heard["method"].as_str() {
            Some("Runtime.exceptionThrown") => {
                self.faults.push(words["exceptionDetails"]["exception"]["description"].to_string());
            }
            // That a server is gone, or has no history, is said there too, and is none of the page's faults.
            Some("Log.entryAdded") if words["entry"]["source"] != "network" => {
                self.faults.push(words["entry"]["text"].to_string());
            }
            _ => {}
        }
    }

    pub fn look(&mut self, Look { width, height, is_dark }: Look) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
        let scheme = if is_dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    pub fn open(&mut self, address: &str) {
        self.ask("Page.navigate", json!({ "url": address }));
        self.until("document.readyState === 'complete'");
    }

    /// What a script gives, once it gives it.
    pub fn eval(&mut self, script: &str) -> Value {
        let words = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let mut given = self.ask("Runtime.evaluate", words);
        assert!(given["exceptionDetails"].is_null(), "{script}: {}", given["exceptionDetails"]);
        given["result"]["value"].take()
    }

    pub fn text(&mut self, script: &str) -> String {
        let given = self.eval(script);
        given.as_str().map_or_else(|| given.to_string(), str::to_owned)
    }

    /// Waits until a script gives something that is true.
    pub fn until(&mut self, script: &str) {
        let end = Instant::now() + PATIENCE;
        let asked = format!("Boolean({script})");
        while self.eval(&asked) != json!(true) {
            if Instant::now() > end {
                let shown = self.text("document.body.innerText");
                panic!("{script} never came to be; shown is\n{shown}\n{:?}", self.faults);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the page shows this text.
    pub fn shows(&mut self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text)));
    }

    pub fn key(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            "Tab" => 9,
            _ => 0,
        };
        let text = if key == "Enter" {
            "\r"
        } else if code == 0 {
            key
        } else {
            ""
        };
        for kind in ["keyDown", "keyUp"] {
            let mut words = json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code });
            if kind == "keyDown" && !text.is_empty() {
                words["text"] = json!(text);
            }
            self.ask("Input.dispatchKeyEvent", words);
        }
    }

    pub fn type_in(&mut self, text: &str) {
        self.ask("Input.insertText", json!({ "text": text }));
    }

    /// Keeps a picture of the whole page, for people to look at.
    pub fn picture(&mut self, name: &str) {
        let size = self.ask("Page.getLayoutMetrics", json!({}));
        let (width, height) = (&size["cssContentSize"]["width"], &size["cssContentSize"]["height"]);
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let words = json!({ "clip": clip, "captureBeyondViewport": true });
        let shot = self.ask("Page.captureScreenshot", words);
        let octets = STANDARD.decode(shot["data"].as_str().unwrap()).unwrap();
        std::fs::create_dir_all(pictures()).unwrap();
        std::fs::write(pictures().join(format!("{name}.png")), octets).unwrap();
    }
}

fn pictures() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("page")
}
