package sandbox

import "slices"

// Cells of a table and of a data table.

func tableProps() []prop {
	row := isList(1, 20, isCell("raw_text", "raw_number", "rich_text"))
	setting := isObject(may("align", isOneOf("left", "center", "right")), may("is_wrapped", isFlag))
	return []prop{need("rows", isList(1, 100, row)), may("column_settings", isList(0, 20, isNullable(setting)))}
}

func isNullable(r rule) rule {
	return func(c *checker, at string, v any) {
		if v != nil {
			r(c, at, v)
		}
	}
}

func isCell(kinds ...string) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok || !slices.Contains(kinds, str(o, "type")) {
			c.fail(at, "unsupported type: %s", str(o, "type"))
			return
		}
		typ := need("type", isAnything)
		switch str(o, "type") {
		case "raw_text":
			c.props(at, o, []prop{typ, need("text", isText(1, 0))})
		case "raw_number":
			c.props(at, o, []prop{typ, need("value", isNumber), need("text", isText(1, 0))})
		case "rich_text":
			c.props(at, o, []prop{typ, need("elements", isList(0, 0, isRichPart)), may("block_id", isText(1, 255))})
		case "action_cell":
			c.props(at, o, []prop{
				typ, need("element", isElement("action_cell", "button")), may("fallback", isCell("raw_text", "raw_number")),
			})
		}
	}
}

func dataTableProps() []prop {
	row := isList(1, 20, isCell("raw_text", "raw_number", "rich_text", "action_cell"))
	return []prop{
		need("caption", isText(1, 0)), need("rows", isList(2, 101, row)), // header and 1–100 rows
		may("page_size", isWhole(1, 100)), may("row_header_column_index", isWhole(0, 19)),
	}
}

// dataTableGrid: the header is text, every row has the header's width, and the row
// header is one of its columns.
func dataTableGrid(c *checker, at string, b object) {
	rows, _ := b["rows"].(list)
	if len(rows) == 0 {
		return
	}
	head, _ := rows[0].(list)
	for i, cell := range head {
		if o, _ := cell.(object); str(o, "type") != "raw_text" {
			c.fail(pointer(at+"/rows/0", i), "header cells must be raw_text")
		}
	}
	for i, r := range rows {
		if row, ok := r.(list); ok && len(row) != len(head) {
			c.fail(pointer(at+"/rows", i), "every row must have %d cells", len(head))
		}
	}
	if n, ok := asFloat(b["row_header_column_index"]); ok && int(n) >= len(head) {
		c.fail(at+"/row_header_column_index", "must be a column of the table")
	}
}

// Charts.

func isChart(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	typ := need("type", isAnything)
	switch str(o, "type") {
	case "pie":
		seg := isObject(need("label", isText(1, 20)), need("value", isPositive))
		c.props(at, o, []prop{typ, need("segments", isList(1, 6, seg))})
	case "bar", "line", "area":
		point := isObject(need("label", isText(1, 20)), need("value", isNumber))
		series := isObject(need("name", isText(1, 20)), need("data", isList(1, 20, point)))
		axis := isObject(
			need("categories", isList(1, 20, isText(1, 20))), may("x_label", isText(1, 50)), may("y_label", isText(1, 50)),
		)
		c.props(at, o, []prop{typ, need("series", isList(1, 6, series)), need("axis_config", axis)})
		chartGrid(c, at, o)
	default:
		c.fail(at+"/type", "must be a valid enum value: pie, bar, line, area")
	}
}

func isPositive(c *checker, at string, v any) {
	if f, ok := asFloat(v); !ok || f <= 0 {
		c.fail(at, "must be a number greater than 0")
	}
}

// chartGrid: categories and series names are unique, and every series has exactly
// one point for every category.
func chartGrid(c *checker, at string, chart object) {
	cats, _ := sub(chart, "axis_config")["categories"].(list)
	known := map[string]bool{}
	for i, v := range cats {
		s, _ := v.(string)
		if known[s] {
			c.fail(pointer(at+"/axis_config/categories", i), "categories must be unique: %s", s)
		}
		known[s] = true
	}
	series, _ := chart["series"].(list)
	names := map[string]bool{}
	for i, v := range series {
		s, _ := v.(object)
		if n := str(s, "name"); names[n] {
			c.fail(pointer(at+"/series", i), "series names must be unique: %s", n)
		}
		names[str(s, "name")] = true
		data, _ := s["data"].(list)
		seen := map[string]bool{}
		for _, p := range data {
			po, _ := p.(object)
			if l := str(po, "label"); !known[l] || seen[l] {
				c.fail(pointer(at+"/series", i), "label must match one category once: %s", l)
			}
			seen[str(po, "label")] = true
		}
		if len(data) != len(cats) {
			c.fail(pointer(at+"/series", i), "must have one point for every category")
		}
	}
}
