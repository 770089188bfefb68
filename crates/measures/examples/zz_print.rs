//! scratch
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let d = |t: &str| { let p: Vec<u32> = t.split('-').map(|x| x.parse().unwrap()).collect(); domain::Date::from_ymd(p[0] as i32, p[1], p[2]).unwrap() };
    let files: Vec<(String, String)> = std::fs::read_dir(&args[1]).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "toml")).map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(&p).unwrap())).collect();
    let (ms, ps) = measures::define::parse(files.iter().map(|(a, b)| (a.as_str(), b.as_str())));
    for p in ps { eprintln!("{p}"); }
    for m in &ms {
        if m.is_published() { continue; }
        let fix = |s: String| s.replace("age_band(age)", "(CASE WHEN age < 18 THEN '0-17' WHEN age < 40 THEN '18-39' WHEN age < 65 THEN '40-64' WHEN age < 75 THEN '65-74' WHEN age < 85 THEN '75-84' ELSE '85+' END)");
        std::fs::write(format!("{}/{}.series.sql", args[4], m.id), fix(measures::series_sql(m, d(&args[2]), d(&args[3])))).unwrap();
        std::fs::write(format!("{}/{}.facts.sql", args[4], m.id), fix(measures::facts_sql(m, d(&args[2]), d(&args[3])))).unwrap();
    }
    println!("{} measures", ms.len());
}
