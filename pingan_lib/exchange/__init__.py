"""To and from other tools: `workbook` and its reading, `merging` of edits, `refi`, `annotations`, `citations`."""
