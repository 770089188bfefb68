//! Where neighbourhoods lie, read from GeoJSON (RFC 7946), so that a place can be drawn as a map.
//!
//! Text in, outlines out: the file is found and read by others. What cannot be drawn is an error that names the feature and
//! the way out; a name that the place does not know is only told ([`Boundaries::unmatched`]), because a file of the whole
//! county is a good file too.

use crate::place::Place;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// The outlines of a place's neighbourhoods.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Boundaries {
    /// In the order of the file; a name that stands there twice is one area of several polygons.
    pub areas: Vec<Boundary>,
}

/// The outline of one area.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// What the file calls it.
    pub name: String,
    /// Polygons, each of rings, each of (longitude, latitude) in degrees of WGS 84. The first ring is the outside, the
    /// others are holes; every ring ends where it begins. Rings may run either way round.
    pub polygons: Vec<Vec<Ring>>,
}

/// A closed line of (longitude, latitude) in degrees of WGS 84.
pub type Ring = Vec<(f64, f64)>;

/// What is wrong with a file of boundaries.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", .feature.as_ref().map_or_else(String::new, |feature| format!("{feature}: ")))]
pub struct BoundariesError {
    /// Which feature, by number from 1 and by name, such as `feature 3 (Dunmoor)`; `None` is the file as a whole.
    pub feature: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl Boundaries {
    /// Reads GeoJSON: a FeatureCollection of Polygons and MultiPolygons in longitude and latitude of WGS 84, whose
    /// `property` holds the name of the neighbourhood.
    ///
    /// # Errors
    /// The first thing that cannot be drawn, with the feature and the way out.
    ///
    /// ```
    /// let text = r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"name": "Dunmoor"},
    ///     "geometry": {"type": "Polygon", "coordinates": [[[-4.9, 50], [-4.8, 50], [-4.8, 50.1], [-4.9, 50]]]}}]}"#;
    /// let boundaries = domain::Boundaries::parse(text, "name").unwrap();
    /// assert_eq!(boundaries.areas[0].polygons[0][0].len(), 4);
    /// let metres = text.replace("-4.9, 50", "183000, 41000");
    /// let error = domain::Boundaries::parse(&metres, "name").unwrap_err();
    /// assert!(error.message.contains("British National Grid") && error.help.contains("EPSG:4326"));
    /// ```
    pub fn parse(text: &str, property: &str) -> Result<Boundaries, BoundariesError> {
        let whole = |message: String, help: &str| BoundariesError { feature: None, message, help: help.to_owned() };
        let file: File = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| whole(format!("this is not GeoJSON: {error}"), MAKE))?;
        let features = match (file.kind.as_str(), file.features) {
            ("FeatureCollection", Some(features)) => features,
            (kind, _) => return Err(whole(format!("this is a '{kind}', not a FeatureCollection of areas"), MAKE)),
        };
        let (mut areas, mut index): (Vec<Boundary>, HashMap<String, usize>) = (Vec::new(), HashMap::new());
        for (at, feature) in features.into_iter().enumerate() {
            let properties = feature.properties.unwrap_or_default();
            let name = properties.get(property).and_then(name);
            let wrong = |(message, help): Wrong| BoundariesError {
                feature: Some(match &name {
                    Some(name) => format!("feature {} ({name})", at + 1),
                    None => format!("feature {}", at + 1),
                }),
                message,
                help,
            };
            let Some(named) = name.clone() else { return Err(wrong(nameless(&properties, property))) };
            let polygons = feature.geometry.ok_or_else(unlocated).and_then(polygons).map_err(wrong)?;
            match index.get(&named) {
                Some(known) => areas[*known].polygons.extend(polygons),
                None => {
                    index.insert(named.clone(), areas.len());
                    areas.push(Boundary { name: named, polygons });
                }
            }
        }
        Ok(Boundaries { areas })
    }

    /// The outline of a neighbourhood.
    pub fn area(&self, name: &str) -> Option<&Boundary> {
        self.areas.iter().find(|area| area.name == name)
    }

    /// What does not fit the place, each as a sentence: neighbourhoods without an outline, then outlines that are of no
    /// neighbourhood. Nothing of it is an error; what fits is drawn.
    pub fn unmatched(&self, place: &Place) -> Vec<String> {
        let drawn: HashSet<&str> = self.areas.iter().map(|area| area.name.as_str()).collect();
        let lived: HashSet<&str> = place.neighbourhoods.iter().map(|lived| lived.name.as_str()).collect();
        let bare = place.neighbourhoods.iter().filter(|lived| !drawn.contains(lived.name.as_str()));
        let other = self.areas.iter().filter(|area| !lived.contains(area.name.as_str()));
        bare.map(|lived| format!("neighbourhood '{}' has no outline and is not on the map", lived.name))
            .chain(other.map(|area| format!("outline '{}' is of no neighbourhood here and is not drawn", area.name)))
            .collect()
    }
}

const MAKE: &str = "save the areas as GeoJSON: ogr2ogr -f GeoJSON -t_srs EPSG:4326 boundaries.geojson YOUR-FILE";

/// A message and the way out.
type Wrong = (String, String);

#[derive(serde::Deserialize)]
struct File {
    #[serde(rename = "type")]
    kind: String,
    features: Option<Vec<Feature>>,
}

#[derive(serde::Deserialize)]
struct Feature {
    properties: Option<Map<String, Value>>,
    geometry: Option<Geometry>,
}

#[derive(serde::Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    coordinates: Option<Nest>,
}

fn name(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn nameless(properties: &Map<String, Value>, property: &str) -> Wrong {
    let has: Vec<&str> = properties.iter().filter(|has| name(has.1).is_some()).map(|has| has.0.as_str()).collect();
    let help = match has.as_slice() {
        [] => format!("give each feature a property '{property}' with the name of its neighbourhood"),
        has => {
            format!("set boundary_name in place.toml to the property that holds the name; it has {}", has.join(", "))
        }
    };
    (format!("has no name in property '{property}'"), help)
}

fn unlocated() -> Wrong {
    ("has no outline".to_owned(), "give it a Polygon or a MultiPolygon, or leave the feature out".to_owned())
}

fn polygons(geometry: Geometry) -> Result<Vec<Vec<Ring>>, Wrong> {
    let nest = geometry.coordinates.unwrap_or(Nest::List(Vec::new()));
    let polygons = match geometry.kind.as_str() {
        "Polygon" => vec![rings(nest)?],
        "MultiPolygon" => list(nest)?.into_iter().map(rings).collect::<Result<_, _>>()?,
        other => {
            let help = "an area is a Polygon or a MultiPolygon; leave points and lines out";
            return Err((format!("is a {other}, not an area"), help.to_owned()));
        }
    };
    if polygons.is_empty() { Err(unlocated()) } else { Ok(polygons) }
}

fn rings(nest: Nest) -> Result<Vec<Ring>, Wrong> {
    let rings: Vec<Ring> = list(nest)?.into_iter().map(ring).collect::<Result<_, _>>()?;
    if rings.is_empty() { Err(unlocated()) } else { Ok(rings) }
}

fn ring(nest: Nest) -> Result<Ring, Wrong> {
    let ring: Ring = list(nest)?
        .into_iter()
        .map(|position| match position {
            Nest::Position(x, y) => on_earth(x, y),
            _ => Err(nested()),
        })
        .collect::<Result<_, _>>()?;
    let help = "a ring has at least four positions, and the last is the first again";
    match ring.as_slice() {
        [first, _, _, .., last] if first == last => Ok(ring),
        [_, _, _, _, ..] => Err(("has a ring that does not end where it begins".to_owned(), help.to_owned())),
        few => Err((format!("has a ring of {} positions", few.len()), help.to_owned())),
    }
}

fn on_earth(x: f64, y: f64) -> Result<(f64, f64), Wrong> {
    if x.abs() <= 180.0 && y.abs() <= 90.0 {
        return Ok((x, y));
    }
    // Easting and northing of Great Britain: 0 to 700 and 0 to 1,300 km.
    let grid = (0.0..=700_000.0).contains(&x) && (0.0..=1_300_000.0).contains(&y);
    let message = match grid {
        true => format!("its coordinates ({x}, {y}) look like metres of the British National Grid"),
        false => format!("its coordinates ({x}, {y}) are no longitude and latitude"),
    };
    let from = if grid { "-s_srs EPSG:27700 " } else { "" };
    let help = format!("reproject to WGS 84: ogr2ogr {from}-t_srs EPSG:4326 boundaries.geojson YOUR-FILE");
    Err((message, help))
}

fn nested() -> Wrong {
    let help =
        "a Polygon is a list of rings, a MultiPolygon a list of Polygons, a ring a list of [longitude, latitude]";
    ("its coordinates are not nested as its type says".to_owned(), help.to_owned())
}

fn list(nest: Nest) -> Result<Vec<Nest>, Wrong> {
    match nest {
        Nest::List(list) => Ok(list),
        _ => Err(nested()),
    }
}

/// Coordinates, as deep as they go: the type of a geometry may stand after them. A height in a position is left out.
enum Nest {
    Number(f64),
    Position(f64, f64),
    List(Vec<Nest>),
}

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Nest, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Nest;
            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("coordinates")
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Nest, E> {
                Ok(Nest::Number(number))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Nest, E> {
                Ok(Nest::Number(number as f64))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Nest, E> {
                Ok(Nest::Number(number as f64))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Nest, A::Error> {
                let Some(first) = items.next_element::<Nest>()? else { return Ok(Nest::List(Vec::new())) };
                if let Nest::Number(x) = first {
                    let y: f64 = items.next_element()?.ok_or_else(|| A::Error::custom("a position of one number"))?;
                    while items.next_element::<f64>()?.is_some() {}
                    return Ok(Nest::Position(x, y));
                }
                let mut list = vec![first];
                while let Some(next) = items.next_element()? {
                    list.push(next);
                }
                Ok(Nest::List(list))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;
    use std::path::Path;

    fn file(geometry: &str) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"nm":"Dunmoor","code":7}},"geometry":{geometry}}}]}}"#
        )
    }

    const SQUARE: &str = "[[-4.9,50.0],[-4.8,50.0],[-4.8,50.1],[-4.9,50.1],[-4.9,50.0]]";

    #[track_caller]
    fn check(text: &str, property: &str, message: &str, help: &str) {
        let error = Boundaries::parse(text, property).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.help.contains(help), "{}", error.help);
    }

    #[test]
    fn polygons_holes_and_islands_are_read() {
        let hole = "[[-4.88,50.02,12.5],[-4.86,50.02],[-4.86,50.04],[-4.88,50.02,12.5]]";
        let text = file(&format!(r#"{{"coordinates":[[{SQUARE},{hole}],[{SQUARE}]],"type":"MultiPolygon"}}"#));
        let areas = Boundaries::parse(&format!("\u{feff}{text}"), "nm").unwrap().areas;
        assert_eq!((areas[0].name.as_str(), areas[0].polygons.len()), ("Dunmoor", 2));
        assert_eq!(areas[0].polygons[0][1][0], (-4.88, 50.02));
        assert_eq!(Boundaries::parse(&text, "code").unwrap().areas[0].name, "7");
    }

    #[test]
    fn a_name_that_stands_there_twice_is_one_area() {
        let one = format!(r#"{{"type":"Polygon","coordinates":[{SQUARE}]}}"#);
        let feature = format!(r#"{{"type":"Feature","properties":{{"name":" Dunmoor"}},"geometry":{one}}}"#);
        let text = format!(r#"{{"type":"FeatureCollection","features":[{feature},{feature}]}}"#);
        let boundaries = Boundaries::parse(&text, "name").unwrap();
        assert_eq!((boundaries.areas.len(), boundaries.area("Dunmoor").unwrap().polygons.len()), (1, 2));
    }

    #[test]
    fn names_that_do_not_fit_are_told_and_no_error() {
        let text = file(&format!(r#"{{"type":"Polygon","coordinates":[{SQUARE}]}}"#));
        let place = Place::parse("name = 'Rivermead'\n[[neighbourhood]]\nname = 'Eastbrook'").unwrap();
        let told = Boundaries::parse(&text, "nm").unwrap().unmatched(&place);
        assert_eq!(
            told,
            [
                "neighbourhood 'Eastbrook' has no outline and is not on the map",
                "outline 'Dunmoor' is of no neighbourhood here and is not drawn"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_feature() {
        let polygon = |ring: &str| file(&format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#));
        let dunmoor = "feature 1 (Dunmoor): ";
        check(
            &polygon("[[183000,41000.5],[184000,41000],[184000,42000],[183000,41000.5]]"),
            "nm",
            &format!("{dunmoor}its coordinates (183000, 41000.5) look like metres of the British National Grid"),
            "reproject to WGS 84: ogr2ogr -s_srs EPSG:27700 -t_srs EPSG:4326",
        );
        check(
            &polygon("[[-545000,6400000],[1,1],[2,2],[3,3]]"),
            "nm",
            &format!("{dunmoor}its coordinates (-545000, 6400000) are no longitude and latitude"),
            "-t_srs EPSG:4326",
        );
        check(
            &polygon("[[0,0],[1,0],[1,1],[0,1]]"),
            "nm",
            &format!("{dunmoor}has a ring that does not end where it begins"),
            "the last is the first again",
        );
        check(&polygon("[[0,0],[1,0],[0,0]]"), "nm", &format!("{dunmoor}has a ring of 3 positions"), "at least four");
        check(
            &polygon("[[[0,0]]]"),
            "nm",
            &format!("{dunmoor}its coordinates are not nested as its type says"),
            "ring",
        );
        check(&polygon(SQUARE), "name", "feature 1: has no name in property 'name'", "it has nm, code");
        check(&file("null"), "nm", &format!("{dunmoor}has no outline"), "leave the feature out");
        check(
            &file(r#"{"type":"Point","coordinates":[0,0]}"#),
            "nm",
            &format!("{dunmoor}is a Point, not an area"),
            "Poly",
        );
        check(r#"{"type":"Topology"}"#, "nm", "this is a 'Topology', not a FeatureCollection of areas", "ogr2ogr");
        for broken in
            ["", "[]", "{\"type\":", &file("{\"type\":\"Polygon\",\"coordinates\":[[[1]]]}"), &"[".repeat(9_999)]
        {
            let error = Boundaries::parse(broken, "nm").unwrap_err();
            assert!(error.message.starts_with("this is not GeoJSON: "), "{error}");
        }
    }

    #[test]
    fn ten_thousand_areas_are_read() {
        let mut text = String::from(r#"{"type":"FeatureCollection","features":["#);
        for area in 0..10_000 {
            let (x, y) = (f64::from(area % 100) / 50.0, 50.0 + f64::from(area / 100) / 50.0);
            let comma = if area > 0 { "," } else { "" };
            let _ = write!(
                text,
                r#"{comma}{{"properties":{{"name":"N{area}"}},"geometry":{{"type":"Polygon","coordinates":[["#
            );
            for at in 0..=100 {
                let turn = f64::from(at % 100) * std::f64::consts::TAU / 100.0;
                let _ = write!(text, "{}[{:.6},{:.6}]", if at > 0 { "," } else { "" }, x + turn.cos(), y + turn.sin());
            }
            text += "]]}}";
        }
        text += "]}";
        let boundaries = Boundaries::parse(&text, "name").unwrap();
        assert_eq!((boundaries.areas.len(), boundaries.areas[9_999].polygons[0][0].len()), (10_000, 101));
        assert_eq!(boundaries.unmatched(&Place::parse("name = 'Nowhere'").unwrap()).len(), 10_000);
    }

    #[test]
    fn published_boundaries_are_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/nhs/geo");
        let files = [
            ("icb_boundaries", "icb22nm", 42),
            ("icb22_boundaries_coarse", "icb22_name", 42),
            ("ltla24_boundaries", "ltla24_name", 296),
        ];
        for (name, property, count) in files {
            let path = folder.join(name).with_extension("geojson");
            let Ok(text) = std::fs::read_to_string(&path) else {
                println!("skipped: {} is not here", path.display());
                continue;
            };
            let areas = Boundaries::parse(&text, property).unwrap().areas;
            assert_eq!(areas.len(), count, "{name}");
            let points = areas.iter().flat_map(|area| area.polygons.iter().flatten().flatten());
            assert!(points.clone().all(|(x, y)| (-6.5..2.0).contains(x) && (49.8..56.0).contains(y)), "{name}");
            assert!(points.count() > 500, "{name}");
        }
    }
}
