//! The whole system on one page.

use super::{LEDGER, Reader, find, story, waits};
use crate::ask::{Ask, Wrong};
use crate::fault::Fault;
use show::{Fact, Figure, Handover, Link, Panel, Picture, Signal, State, View, Why, Width};

impl Reader<'_> {
    /// `/`
    pub(super) fn whole(&self, ask: &Ask) -> Result<View, Wrong> {
        let scope = self.scope(&ask.filter)?;
        let handovers = self.handovers(&scope)?;
        let measures = self.measures_of(&scope, None)?;
        let sources = self.sources()?;
        let (count, hours) = waits::held(&handovers);
        let count_all = handovers.len();
        let changed = Self::signals(&measures);
        let cards: Vec<show::Measure> = measures.iter().map(|measure| measure.card.clone()).collect();
        let fresh = sources.iter().filter(|source| !source.stale).count();
        let mut view = self.blank(ask, show::words::headline(&handovers, &cards));
        view.over = self.over(&scope);
        view.choices = self.choices(&ask.filter, &waits::CHOICES);
        let fact = |title: &str, figure: Figure, note: String| Fact { title: title.to_owned(), figure, note };
        let mut evidence = self.evidence(
            "measures",
            "Measures whose newest week is a signal by the SPC rules",
            Some(measures.len() as u64),
        );
        evidence.shown_on = vec![Link::new("Measures", "/measures")];
        let changed = Figure::new(changed as f64, "", evidence);
        let mut evidence = self.evidence("ledger", LEDGER, None);
        evidence.shown_on = vec![Link::new("The delay ledger", "/ledger"), Link::new("Handovers", "/handovers")];
        let waited = Figure::new(hours, "hours", evidence);
        let says = "Feeds whose newest event is at most three days older than the newest of all";
        let mut evidence = self.evidence("sources", says, Some(sources.len() as u64));
        evidence.shown_on = vec![Link::new("Sources", "/sources")];
        let fresh = Figure::new(fresh as f64, "", evidence);
        view.facts = vec![
            fact("Measures that really changed", changed, format!("of {}", measures.len())),
            fact("Time waiting between us", waited, "this week".to_owned()),
            fact("Sources up to date", fresh, format!("of {}", sources.len())),
        ];

        let said = self.said().ok();
        let why = said.as_deref().and_then(story::why);
        view.story = why.map(|told| Link::new(told.now().text.clone(), "/story"));
        let pressure = self.pressure(&scope)?;
        if !pressure.is_empty() {
            view.panels.push(Panel {
                id: "pressure".to_owned(),
                title: "Pressure, place by place".to_owned(),
                note: "The last 28 days. Height and number are the measured level, 1 to 4: 2 busy at one end of an organisation, 3 at both at once, 4 beyond anything in its half-year before.".to_owned(),
                pictures: vec![Picture::Pressure(pressure)],
                links: vec![
                    Link::new("More about pressure", find::address("/pressure", &ask.filter)),
                    Link::new("How the level is measured", "/why/pressure"),
                    Link::new("The next days", "/next"),
                ],
                ..Panel::default()
            });
        }
        let typical = self.typical(&scope, &handovers)?;
        let mut pictures = Vec::new();
        if let Some(flow) = self.flow(&scope, &handovers)? {
            pictures.push(Picture::Flow(flow));
        }
        if hours > 0.0 {
            pictures.push(Picture::Words(vec![format!(
                "{} hold {} of waiting this week{}",
                show::chart::sentence(&show::number::plural(count, "handover")),
                show::Unit::Hours.say(hours),
                waits::most(&handovers, hours)
            )]));
        }
        pictures.push(if handovers.is_empty() {
            Picture::State(State {
                why: Why::Empty,
                title: "No handover has been seen yet".to_owned(),
                text: "One appears when records of two services show the same person passing between them.".to_owned(),
                links: vec![Link::new("Sources and problems", "/sources")],
                command: String::new(),
            })
        } else {
            Picture::Handovers(foremost(handovers))
        });
        view.panels.push(Panel {
            id: "waits".to_owned(),
            title: "Where people wait between us".to_owned(),
            note: String::new(),
            pictures,
            width: Width::Wide,
            links: vec![
                Link::new(format!("All {} handovers", count_all), find::address("/handovers", &ask.filter)),
                Link::new("The delay ledger: where the hours are", find::address("/ledger", &ask.filter)),
                Link::new("Where do these numbers come from?", "/why/ledger"),
            ],
        });
        view.panels.push(self.where_we_decide().unwrap_or_else(|fault| unread(&fault)));
        view.panels.push(Panel {
            id: "sources".to_owned(),
            title: "What this page rests on".to_owned(),
            note: "Late ones first.".to_owned(),
            links: vec![Link::new(
                match sources.len() {
                    all if all > SOURCES => format!("All {all} sources, and problems"),
                    _ => "Sources and problems".to_owned(),
                },
                "/sources",
            )],
            pictures: vec![Picture::Sources(latest(sources))],
            width: Width::Narrow,
        });
        view.panels.push(self.changed(&scope, measures, 8).0);
        view.panels.extend(typical);
        Ok(view)
    }
}

/// The handovers that the page has room for: those that really changed, then those that hold most waiting.
fn foremost(mut handovers: Vec<Handover>) -> Vec<Handover> {
    const SHOWN: usize = 8;
    let hours = |handover: &Handover| handover.hours_waiting.value.unwrap_or(0.0);
    handovers.sort_by(|a, b| {
        let usual = |handover: &Handover| handover.signal == Signal::Ordinary;
        usual(a).cmp(&usual(b)).then(hours(b).total_cmp(&hours(a)))
    });
    handovers.truncate(SHOWN);
    handovers
}

/// Sources that the page has room for.
const SOURCES: usize = 12;

/// The sources that are late, then those that sent most.
fn latest(mut sources: Vec<show::Source>) -> Vec<show::Source> {
    sources.sort_by(|a, b| b.stale.cmp(&a.stale).then(b.records.cmp(&a.records)));
    sources.truncate(SOURCES);
    sources
}

/// What stands there when the Ledger cannot be read: the rest of the page is no less true.
fn unread(fault: &Fault) -> Panel {
    let state = State {
        why: Why::Wrong,
        title: fault.to_string(),
        text: miette::Diagnostic::help(fault).map(|help| help.to_string()).unwrap_or_default(),
        links: Vec::new(),
        command: "catchment ledger verify PLACE".to_owned(),
    };
    Panel { pictures: vec![Picture::State(state)], ..decide() }
}

/// The place of what people settle together; it says what it will hold.
pub(super) fn decide() -> Panel {
    Panel {
        id: "decide".to_owned(),
        title: "Where we decide".to_owned(),
        note: String::new(),
        pictures: vec![Picture::State(State {
            why: Why::Empty,
            title: "No question is open".to_owned(),
            text: "Here will stand the questions that this place has to settle: what is due, with the choices, what each would do and where every member stands; what was agreed, and how far it has come; and what is ready to be looked at again, with what it was expected to do beside what it did.".to_owned(),
            links: vec![Link::new("Look at the handovers that hold most waiting", "/handovers")],
            command: String::new(),
        })],
        width: Width::Narrow,
        links: Vec::new(),
    }
}
