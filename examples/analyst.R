# Four hours in emergency, by week, straight from the Lake: no server, no export, no copy.
#
#     Rscript examples/analyst.R PLACE > four-hours.csv
#
# lake/HEAD.json names the version of every table that is now, so that all tables are of one moment.
# Needs: install.packages(c("arrow", "jsonlite")).

# The Parquet files of a table as it is now: its log adds and removes them, one file of JSON lines for each version.
table_files <- function(place, name) {
  head <- jsonlite::read_json(file.path(place, "lake", "HEAD.json"))
  folder <- file.path(place, "lake", name)
  active <- character()
  for (version in 0:head$tables[[name]]) {
    for (line in readLines(file.path(folder, "_delta_log", sprintf("%020d.json", version)), warn = FALSE)) {
      action <- jsonlite::fromJSON(line, simplifyVector = FALSE)
      if (!is.null(action$remove)) active <- setdiff(active, action$remove$path)
      if (!is.null(action$add)) active <- union(active, action$add$path)
    }
  }
  file.path(folder, vapply(active, utils::URLdecode, ""))
}

# Share of stays in emergency departments that ended within four hours, by the week in which they ended.
four_hours <- function(stays) {
  stays <- stays[stays$kind == "emergency_department" & stays$precision != "day", ]
  stays <- stays[!is.na(stays$started) & !is.na(stays$ended), ]
  ended <- as.Date(format(stays$ended, tz = "Europe/London"))
  week <- ended - (as.POSIXlt(ended)$wday + 6) %% 7
  within <- difftime(stays$ended, stays$started, units = "secs") <= 4 * 3600
  counted <- aggregate(cbind(numerator = within, denominator = 1) ~ period, data.frame(period = week, within), sum)
  counted$value <- 100 * counted$numerator / counted$denominator
  counted
}

if (sys.nframe() == 0) {
  place <- commandArgs(trailingOnly = TRUE)[1]
  columns <- c("kind", "precision", "started", "ended")
  read <- function(file) as.data.frame(arrow::read_parquet(file, col_select = tidyselect::all_of(columns)))
  stays <- do.call(rbind, lapply(table_files(place, "stays"), read))
  write.csv(four_hours(stays), row.names = FALSE, quote = FALSE)
}
