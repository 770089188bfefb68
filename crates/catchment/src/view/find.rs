//! Finding: search over everything that has a name, addresses, and the nearest name to one that nothing has.

use super::Reader;
use crate::ask::{Ask, Filter};
use show::{Choice, Item, Link, Panel, Picture, State, View, Why, escape};

/// What one search shows at most.
const MOST: usize = 60;

/// An address with what was chosen.
pub(super) fn address(path: &str, filter: &Filter) -> String {
    filter.on(path)
}

/// The known names that are most like one that nothing has, best first.
pub fn nearest(name: &str, known: impl IntoIterator<Item = Link>) -> Vec<Link> {
    let wanted = plain(name);
    let mut near: Vec<(usize, Link)> = known
        .into_iter()
        .filter_map(|link| {
            let last = link.href.rsplit('/').next().unwrap_or_default();
            let distance = distance(&wanted, &plain(&link.words)).min(distance(&wanted, &plain(last)));
            // More than half of it wrong is another name.
            (distance * 2 <= wanted.chars().count().max(4)).then_some((distance, link))
        })
        .collect();
    near.sort_by_key(|near| near.0);
    near.into_iter().map(|near| near.1).take(5).collect()
}

fn plain(text: &str) -> String {
    text.chars().take(80).flat_map(char::to_lowercase).map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect()
}

/// Letters to add, drop or change to make one text the other (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = before + usize::from(x != *y);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[b.len()]
}

/// How well words fit a text: each must begin one of its words (3) or be in it (1); `None` where one is not.
fn fit(words: &[String], title: &str, rest: &str) -> Option<u32> {
    let (title, rest) = (plain(title), plain(rest));
    words.iter().try_fold(0, |sum, word| {
        let begins = |text: &str| text.split(' ').any(|part| part.starts_with(word.as_str()));
        Some(
            sum + if begins(&title) {
                4
            } else if begins(&rest) {
                2
            } else if title.contains(word.as_str()) {
                1
            } else {
                return None;
            },
        )
    })
}

impl Reader<'_> {
    /// Everything that has a name and an address.
    fn everything(&self) -> Vec<Item> {
        let item = |kind: &str, words: &str, href: String, note: String| Item {
            link: Link::new(words, href),
            kind: kind.to_owned(),
            note,
        };
        let place = &self.at.place;
        let pages = [
            ("Whole system", "/", "Everything on one page"),
            ("Our story", "/story", "Why we are here, how we hold to it, what comes first"),
            ("Handovers", "/handovers", "Where people wait between services"),
            ("The delay ledger", "/ledger", "Where the hours are waited, saved and added"),
            ("Pressure", "/pressure", "Measured at both ends, beside what is declared"),
            ("Air time", "/air-time", "Which sector is hardly heard"),
            ("Journeys", "/journeys", "The ways that people take"),
            ("Measures", "/measures", "What has really changed"),
            ("Places", "/places", "Neighbourhoods beside each other"),
            ("Map", "/map", "Any measure on the map"),
            ("Organisations", "/organisations", "Who takes part, and how pressed they are"),
            ("What is coming", "/need", "Who will live here, and what they will ask for"),
            ("The next days", "/next", "Each service and handover, with ranges"),
            ("Try a change", "/simulate", "On a copy of the place"),
            ("Conversations", "/conversations", "What people are asked, and what they agree on"),
            ("You said, so we", "/said", "What people said, and what came of it"),
            ("Questions and decisions", "/decisions", "From asked to reviewed"),
            ("Plans", "/plans", "Steps, rocks, dates and money"),
            ("This Monday", "/monday", "Mine, late, blocked"),
            ("Trust at the joins", "/trust", "How teams find working with each other, and what they do"),
            ("The log", "/log", "Who did what to which, because of what"),
            ("Sources and problems", "/sources", "What all this rests on"),
            ("What the public sees", "/public", "In plain words, without small numbers"),
        ];
        let mut all: Vec<Item> = pages
            .into_iter()
            .map(|(words, href, note)| item("Page", words, href.to_owned(), note.to_owned()))
            .collect();
        // Where the Ledger cannot be read its own pages say so.
        if let Ok(said) = self.said() {
            for told in said.lines.values().map(|told| told.now()).filter(|line| !line.retired) {
                all.push(item("Line of our story", &told.text, "/story".to_owned(), String::new()));
            }
            for talk in said.talks.values() {
                let href = format!("/conversations/{}", escape(&talk.is.id));
                for said in talk.statements.values().filter(|said| said.is_in()) {
                    let note = format!("{}, to “{}”", super::talked::by(said), talk.is.question);
                    all.push(item("Statement", &said.is.text, href.clone(), note));
                }
                all.push(item("Conversation", &talk.is.question, href, talk.is.purpose.clone()));
            }
            for matter in said.matters.values() {
                let href = format!("/decisions/{}", escape(&matter.is.is.id));
                all.push(item("Decision", &matter.is.is.question, href, matter.stage().0.words().to_owned()));
            }
            for plan in said.plans.values() {
                let href = format!("/plans/{}", escape(&plan.now.id));
                for rock in &plan.now.rocks {
                    all.push(item("Rock", &rock.title, href.clone(), format!("In the way of “{}”", plan.now.title)));
                }
                all.push(item("Plan", &plan.now.title, href, String::new()));
            }
        }
        for rule in &place.handovers {
            let note = format!("{} hands over to {}", self.owners(rule.from), self.owners(Some(rule.to)));
            all.push(item("Handover", &rule.name, format!("/handovers/{}", escape(&rule.id)), note));
        }
        for measure in &self.at.measures {
            all.push(item(
                "Measure",
                &measure.title,
                format!("/measures/{}", escape(&measure.id)),
                measure.why.clone(),
            ));
        }
        for rule in self.at.feeds.iter().filter_map(|feed| feed.series.as_ref()).flat_map(|feed| &feed.series) {
            all.push(item(
                "Measure",
                &rule.title,
                format!("/measures/{}", escape(&rule.measure)),
                "Published".to_owned(),
            ));
        }
        for neighbourhood in &place.neighbourhoods {
            let people: u64 = neighbourhood
                .lsoas
                .iter()
                .flat_map(|lsoa| lsoa.female.iter().chain(&lsoa.male))
                .map(|n| u64::from(*n))
                .sum();
            let note = format!("{} people live here", show::number::count(people));
            all.push(item(
                "Neighbourhood",
                &neighbourhood.name,
                format!("/places/{}", escape(&neighbourhood.name)),
                note,
            ));
        }
        for pathway in &self.at.pathways {
            all.push(item(
                "Pathway",
                &pathway.title,
                format!("/pathways/{}", escape(&pathway.id)),
                "Where people leave it, for whom, and what it costs them".to_owned(),
            ));
        }
        for organisation in &place.organisations {
            let sector = show::chart::sentence(&show::words::page(organisation.sector.name()));
            all.push(item(
                "Organisation",
                &organisation.name,
                format!("/organisations/{}", escape(&organisation.id)),
                sector,
            ));
        }
        for service in &place.services {
            let note = format!(
                "{}, {}",
                self.organisation_name(&service.organisation),
                show::words::page(service.kind.name())
            );
            all.push(item("Service", &service.name, format!("/organisations/{}", escape(&service.organisation)), note));
        }
        for feed in &self.at.feeds {
            let note = format!("from {}", self.organisation_name(&feed.organisation));
            all.push(item("Source", &feed.name, format!("/sources/{}", escape(&feed.name)), note));
        }
        all
    }

    /// `/search?q=WORDS`
    pub(super) fn search(&self, ask: &Ask, text: &str) -> View {
        let words: Vec<String> = plain(text).split_whitespace().map(str::to_owned).collect();
        let all = self.everything();
        let mut found: Vec<(u32, Item)> = all
            .iter()
            .filter_map(|item| {
                Some((fit(&words, &item.link.words, &format!("{} {}", item.kind, item.note))?, item.clone()))
            })
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse(found.0));
        let count = if words.is_empty() { 0 } else { found.len() };
        let title = match (words.is_empty(), count) {
            (true, _) => "Search".to_owned(),
            (_, 0) => format!("Nothing found for “{}”", text.trim()),
            (_, n) => format!("{n} found for “{}”", text.trim()),
        };
        let mut view = self.blank(ask, title);
        view.choices.push(Choice {
            name: "q",
            label: "Words".to_owned(),
            all: "Places, measures, handovers".to_owned(),
            options: Vec::new(),
            chosen: (!words.is_empty()).then(|| text.trim().to_owned()),
        });
        let picture = if words.is_empty() {
            Picture::List(all.into_iter().take_while(|item| item.kind == "Page").collect())
        } else if count == 0 {
            let like = nearest(text, all.into_iter().map(|item| item.link));
            Picture::State(State {
                why: Why::Empty,
                title: "No place, measure, handover, organisation or source has these words".to_owned(),
                text: if like.is_empty() {
                    "Try fewer or other words.".to_owned()
                } else {
                    "Did you mean one of these?".to_owned()
                },
                links: like,
                command: String::new(),
            })
        } else {
            Picture::List(found.into_iter().map(|found| found.1).take(MOST).collect())
        };
        view.panels.push(Panel {
            id: "found".to_owned(),
            title: if words.is_empty() { "Places to begin".to_owned() } else { "Found".to_owned() },
            pictures: vec![picture],
            ..Panel::default()
        });
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_by_words_or_by_address() {
        let known = || {
            ["Eastbrook", "Dunmoor", "Saltley Vale"].map(|name| Link::new(name, format!("/places/{}", escape(name))))
        };
        let names = |name: &str| nearest(name, known()).into_iter().map(|link| link.words).collect::<Vec<_>>();
        assert_eq!(names("eastbrok"), ["Eastbrook"]);
        assert_eq!(names("Saltly-vale"), ["Saltley Vale"]);
        assert!(names("Manchester").is_empty());
        assert!(names("<script>").is_empty());
        assert!(names("").is_empty() || names("").len() <= 5);
    }

    #[test]
    fn every_word_must_fit() {
        let words = |text: &str| plain(text).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert!(
            fit(&words("ward home"), "Ward to home with care", "")
                > fit(&words("ward ome"), "Ward to home with care", "")
        );
        assert_eq!(fit(&words("ward beach"), "Ward to home with care", ""), None);
    }

    #[test]
    fn an_address_carries_what_was_chosen_in_one_order() {
        let filter = Filter { place: Some("Saltley Vale".to_owned()), deprivation: Some(1), ..Filter::default() };
        assert_eq!(address("/handovers", &filter), "/handovers?place=Saltley%20Vale&deprivation=1");
        assert_eq!(address("/", &Filter::default()), "/");
    }
}
