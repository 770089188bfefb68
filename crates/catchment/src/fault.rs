//! What went wrong, for people: what was tried, why, and the way out.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::error::Error;
use std::fmt;
use std::path::Path;

/// An error of the command line.
#[derive(Debug)]
pub struct Fault {
    message: String,
    help: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    /// The file that a person wrote, where in it and how long; boxed, as few faults have one.
    source: Option<Box<(NamedSource<String>, usize, usize)>>,
}

impl Fault {
    /// What went wrong and the way out.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { message: message.into(), help: help.into(), cause: None, source: None }
    }
    /// With what lies behind it.
    pub fn because(self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Fault {
        Fault { cause: Some(cause.into()), ..self }
    }
    /// With another way out.
    pub fn help(self, help: impl Into<String>) -> Fault {
        Fault { help: help.into(), ..self }
    }
    /// For a file or folder that the system refuses.
    pub fn disk<'p>(verb: &'p str, path: &'p Path) -> impl Fn(std::io::Error) -> Fault + 'p {
        move |wrong| {
            let help = match wrong.kind() {
                std::io::ErrorKind::NotFound => "check the path",
                std::io::ErrorKind::PermissionDenied => "check who may read and write it",
                std::io::ErrorKind::StorageFull => "make room on the disk and try again; nothing was half written",
                _ => "check the disk and try again",
            };
            Fault::new(format!("cannot {verb} {}", path.display()), help).because(wrong)
        }
    }
}

/// A fault in a line of a file that a person wrote.
pub fn in_file(path: &Path, text: &str, line: usize, message: &str, help: &str) -> Fault {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let length = text[start.min(text.len())..].lines().next().map_or(0, str::len);
    let source = NamedSource::new(path.display().to_string(), text.to_owned());
    let message = format!("{}:{line}: {message}", path.display());
    Fault { message, help: help.to_owned(), cause: None, source: Some(Box::new((source, start, length))) }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

impl Diagnostic for Fault {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn fmt::Display>)
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_deref().map(|(source, ..)| source as &dyn SourceCode)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, start, length) = self.source.as_deref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, *start, *length))))
    }
}

impl From<store::LakeError> for Fault {
    fn from(wrong: store::LakeError) -> Fault {
        let help = wrong.help().to_owned();
        let message = wrong.to_string();
        let cause = wrong.source().map(ToString::to_string);
        let fault = Fault::new(message, help);
        match cause {
            Some(cause) => fault.because(cause),
            None => fault,
        }
    }
}
