//! Stands in until `show::media` comes.
use show::View;
pub fn json(view: &View) -> String {
    let panels: Vec<serde_json::Value> = view.panels.iter().map(|p| serde_json::json!({"id": p.id, "title": p.title, "tables": p.tables().iter().map(|t| serde_json::json!({"name": t.0, "rows": serde_json::from_str::<serde_json::Value>(&t.1.to_json()).unwrap_or_default()})).collect::<Vec<_>>()})).collect();
    serde_json::json!({"address": view.carry(&view.address), "title": view.title, "panels": panels}).to_string()
}
pub fn csv(view: &View, panel: Option<&str>) -> Result<String, String> {
    let tables: Vec<_> = view.panels.iter().flat_map(|p| p.tables()).collect();
    tables.iter().find(|t| panel.is_none_or(|p| p == t.0)).map(|t| t.1.to_csv()).ok_or_else(|| "no table".to_owned())
}
