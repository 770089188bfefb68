//! Bars for what takes more than a second, on a terminal only.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Draws on standard error when that is a terminal.
pub struct Progress {
    shown: bool,
}

impl Progress {
    /// Shown on a terminal, silent elsewhere.
    pub fn new() -> Progress {
        Progress { shown: std::io::stderr().is_terminal() }
    }

    /// Shown nowhere: for what a server does beside its answers.
    pub fn silent() -> Progress {
        Progress { shown: false }
    }

    fn bar(&self, bar: ProgressBar, style: &str, what: &'static str) -> ProgressBar {
        bar.set_draw_target(if self.shown {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        });
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        bar
    }

    /// Of so many bytes.
    pub fn bytes(&self, what: &'static str, total: u64) -> ProgressBar {
        self.bar(ProgressBar::new(total), "{prefix:>12} {bar:28} {bytes}/{total_bytes} {msg}, {eta} left", what)
    }

    /// Of so many things.
    pub fn count(&self, what: &'static str, total: u64) -> ProgressBar {
        self.bar(ProgressBar::new(total), "{prefix:>12} {bar:28} {human_pos}/{human_len}, {eta} left", what)
    }

    /// Of work whose end nobody knows.
    pub fn spinner(&self, what: &'static str) -> ProgressBar {
        let bar = self.bar(ProgressBar::new_spinner(), "{prefix:>12} {spinner} {msg} {elapsed}", what);
        if self.shown {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        bar
    }

    /// While `work` goes on.
    pub fn saying<T>(&self, what: &'static str, work: impl FnOnce() -> T) -> T {
        let bar = self.spinner(what);
        let done = work();
        bar.finish_and_clear();
        done
    }
}
