//! Writes a place to a folder and says how long it took: `cargo run -p sample --release --example write -- DIR [people] [months] [seed]`.

use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, other: u64| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(other);
    let folder = arguments.first().ok_or("name a folder")?;
    let options = sample::Options {
        people: number(1, 60_000),
        months: number(2, 13) as u32,
        seed: number(3, 7),
        ..Default::default()
    };
    let began = Instant::now();
    let summary = sample::write(&options, &mut sample::DirSink(folder.into()), &mut |_, _| {})?;
    println!(
        "{} records, {} files, {} MB in {:.1?}",
        summary.records,
        summary.files,
        summary.bytes / 1_000_000,
        began.elapsed()
    );
    for (dirt, name, _) in sample::Dirt::ALL {
        println!("{name}: {}", summary.dirt.of(*dirt));
    }
    for story in &summary.stories {
        println!(
            "{} {} {} {}: {:.2} -> {:.2}",
            story.name, story.neighbourhood, story.measure, story.unit, story.before, story.after
        );
    }
    Ok(())
}
