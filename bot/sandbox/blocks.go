package sandbox

import (
	"fmt"
	"slices"
)

// everywhere, messages and modals say on which surfaces a block may appear.
func everywhere() []surface { return []surface{surfaceMessage, surfaceModal, surfaceHome} }
func messages() []surface   { return []surface{surfaceMessage} }
func modals() []surface     { return []surface{surfaceModal} }

// blockKind is what Slack knows about one type of block.
type blockKind struct {
	surfaces []surface
	props    []prop
	also     func(c *checker, at string, b object) // rules between fields
}

// kindOfBlock is the list of blocks. card and carousel exist in Slack but reach a
// message only through streaming, which this workspace does not offer.
func kindOfBlock(t string) (blockKind, bool) {
	switch t {
	case "section":
		return blockKind{everywhere(), []prop{
			may("text", isAnyText(1, 3000)),
			may("fields", isList(1, 10, isAnyText(1, 2000))),
			may("accessory", isElement("accessory", accessories()...)),
			may("expand", isFlag),
		}, sectionNotEmpty}, true
	case "header":
		return blockKind{everywhere(), []prop{need("text", isPlain(1, 150)), may("level", isWhole(1, 6))}, nil}, true
	case "divider":
		return blockKind{everywhere(), nil, nil}, true
	case "context":
		return blockKind{everywhere(), []prop{need("elements", isList(1, 10, isContextElement))}, nil}, true
	case "actions":
		return blockKind{everywhere(), []prop{need("elements", isList(1, 25, isElement("actions", actionElements()...)))}, nil}, true
	case "context_actions":
		return blockKind{messages(), []prop{
			need("elements", isList(1, 5, isElement("context_actions", "feedback_buttons", "icon_button"))),
		}, nil}, true
	case "image":
		return blockKind{everywhere(), []prop{
			need("alt_text", isText(0, 2000)), may("image_url", isURL(3000)), may("slack_file", isSlackFile),
			may("title", isPlain(1, 2000)),
		}, oneImageSource}, true
	case "input":
		return blockKind{everywhere(), []prop{
			need("label", isPlain(1, 2000)), need("element", isElement("input", inputElements()...)),
			may("hint", isPlain(1, 2000)), may("optional", isFlag), may("dispatch_action", isFlag),
		}, countInput}, true
	case "markdown":
		return blockKind{messages(), []prop{need("text", isText(1, maxMarkdown))}, nil}, true
	case "rich_text":
		return blockKind{everywhere(), []prop{need("elements", isList(0, 0, isRichPart))}, nil}, true
	case "video":
		return blockKind{everywhere(), videoProps(), nil}, true
	case "file":
		return blockKind{messages(), []prop{need("external_id", isText(1, 255)), need("source", isOneOf("remote"))}, nil}, true
	case "table":
		return blockKind{messages(), tableProps(), oneTable}, true
	case "data_table":
		return blockKind{messages(), dataTableProps(), dataTableGrid}, true
	case "data_visualization":
		return blockKind{messages(), []prop{need("title", isText(1, 50)), need("chart", isChart)}, nil}, true
	case "alert":
		return blockKind{modals(), []prop{
			need("text", isAnyText(1, 200)), may("level", isOneOf("default", "info", "warning", "error", "success")),
		}, nil}, true
	case "container":
		return blockKind{messages(), containerProps(), nil}, true
	case "layout":
		return blockKind{messages(), layoutProps(), nil}, true
	case "plan":
		return blockKind{messages(), []prop{
			need("title", isText(1, 0)), may("tasks", isList(0, 0, func(c *checker, at string, v any) { c.block(at, v, []string{"task_card"}) })),
		}, nil}, true
	case "task_card":
		return blockKind{messages(), taskProps(), nil}, true
	}
	return blockKind{}, false
}

// block judges one block; only narrows the types inside containers.
func (c *checker) block(at string, v any, only []string) {
	b, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	t := str(b, "type")
	if t == "" {
		c.fail(at, "missing required field: type")
		return
	}
	kind, known := kindOfBlock(t)
	if !known || !slices.Contains(kind.surfaces, c.surface) || (only != nil && !slices.Contains(only, t)) {
		c.fail(at+"/type", "Unsupported block type: %s", t)
		return
	}
	c.props(at, b, append(kind.props, need("type", isAnything), may("block_id", isText(1, 255))))
	if id := str(b, "block_id"); id != "" {
		if c.blockIDs[id] {
			c.fail(at+"/block_id", "block_id already exists: %s", id)
		}
		c.blockIDs[id] = true
	}
	c.uniqueActions(at, b)
	if kind.also != nil {
		kind.also(c, at, b)
	}
}

// uniqueActions: an action_id identifies an element inside its block.
func (c *checker) uniqueActions(at string, b object) {
	seen := map[string]bool{}
	for _, e := range elementsOf(b) {
		id := str(e, "action_id")
		if id != "" && seen[id] {
			c.fail(at, "action_id already exists: %s", id)
		}
		seen[id] = true
	}
}

func sectionNotEmpty(c *checker, at string, b object) {
	if b["text"] == nil && b["fields"] == nil {
		c.fail(at, "missing required field: text or fields")
	}
}

func oneImageSource(c *checker, at string, b object) {
	if (b["image_url"] == nil) == (b["slack_file"] == nil) {
		c.fail(at, "must provide one of image_url and slack_file")
	}
}

func countInput(c *checker, at string, b object) {
	c.inputs++
	if str(sub(b, "element"), "type") == "file_input" && c.surface != surfaceModal {
		c.fail(at+"/element", "file_input is only allowed in modals")
	}
}

func oneTable(c *checker, at string, b object) {
	if c.tables++; c.tables > 1 {
		c.fail(at, "only one table block is allowed in a message")
	}
}

func isSlackFile(c *checker, at string, v any) {
	isObject(may("id", isText(1, 255)), may("url", isURL(3000)))(c, at, v)
	if o, ok := v.(object); ok && (o["id"] == nil) == (o["url"] == nil) {
		c.fail(at, "must provide one of id and url")
	}
}

func isContextElement(c *checker, at string, v any) {
	o, ok := v.(object)
	if ok && str(o, "type") == "image" {
		isImageElement(c, at, v)
		return
	}
	isAnyText(1, 3000)(c, at, v)
}

func isImageElement(c *checker, at string, v any) {
	isObject(
		need("type", isOneOf("image")), need("alt_text", isText(1, 2000)),
		may("image_url", isURL(3000)), may("slack_file", isSlackFile),
	)(c, at, v)
	if o, ok := v.(object); ok {
		oneImageSource(c, at, o)
	}
}

func videoProps() []prop {
	return []prop{
		need("alt_text", isText(1, 2000)), need("thumbnail_url", isURL(3000)), need("title", isPlain(1, 199)),
		need("video_url", isURL(3000)), may("author_name", isText(1, 49)), may("description", isPlain(1, 199)),
		may("provider_icon_url", isURL(3000)), may("provider_name", isText(1, 49)), may("title_url", isURL(3000)),
	}
}

func containerProps() []prop {
	kids := []string{
		"actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video",
	}
	return []prop{
		need("child_blocks", isList(1, 10, func(c *checker, at string, v any) { c.block(at, v, kids) })),
		may("title", isPlain(1, 150)), may("subtitle", isAnyText(1, 150)), may("icon", isImageElement),
		may("rich_text_title", func(c *checker, at string, v any) { c.block(at, v, []string{"rich_text"}) }),
		may("width", isOneOf("narrow", "standard", "wide", "full")),
		may("is_collapsible", isFlag), may("default_collapsed", isFlag), may("has_header_divider", isFlag),
	}
}

func layoutProps() []prop {
	item := func(c *checker, at string, v any) {
		isObject(
			need("block", func(c *checker, at string, v any) {
				if o, _ := v.(object); str(o, "type") == "markdown" {
					c.fail(at, "Unsupported block type: markdown")
					return
				}
				c.block(at, v, nil)
			}),
			may("width", isOneOf("narrow", "standard", "wide")),
			may("horizontal_alignment", isOneOf("start", "center", "end")),
		)(c, at, v)
	}
	row := func(c *checker, at string, v any) { isObject(need("items", isList(1, 3, item)))(c, at, v) }
	return []prop{
		need("label", isText(1, 150)), need("rows", isList(1, 5, row)), may("is_label_visible", isFlag),
		may("grid_lines", isOneOf("none", "rows", "outer")), may("fallback", isList(0, 50, isAnything)),
	}
}

func taskProps() []prop {
	rich := func(c *checker, at string, v any) { c.block(at, v, []string{"rich_text"}) }
	source := isObject(need("type", isOneOf("url")), need("url", isURL(3000)), need("text", isText(1, 0)))
	return []prop{
		need("task_id", isText(1, 255)), need("title", isText(1, 0)),
		need("status", isOneOf("pending", "in_progress", "complete", "error")),
		may("details", rich), may("output", rich), may("sources", isList(0, 0, source)), may("hide_title", isFlag),
	}
}

// Rich text.

func isRichPart(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	run := isList(0, 0, isRichRun)
	border := may("border", isWhole(0, 1))
	switch str(o, "type") {
	case "rich_text_section":
		c.props(at, o, []prop{need("type", isAnything), need("elements", run)})
	case "rich_text_quote":
		c.props(at, o, []prop{need("type", isAnything), need("elements", run), border})
	case "rich_text_preformatted":
		c.props(at, o, []prop{need("type", isAnything), need("elements", run), border, may("language", isText(0, 0))})
	case "rich_text_list":
		section := func(c *checker, at string, v any) {
			if e, _ := v.(object); str(e, "type") != "rich_text_section" {
				c.fail(at, "must provide a rich_text_section")
				return
			}
			isRichPart(c, at, v)
		}
		c.props(at, o, []prop{
			need("type", isAnything), need("elements", isList(0, 0, section)), need("style", isOneOf("bullet", "ordered")),
			may("indent", isWhole(0, 8)), may("offset", isWhole(0, 1<<30)), border,
		})
	default:
		c.fail(at+"/type", "unsupported type: %s", str(o, "type"))
	}
}

func isRichRun(c *checker, at string, v any) {
	o, ok := v.(object)
	if !ok {
		c.fail(at, "must provide an object")
		return
	}
	style := may("style", isObject(
		may("bold", isFlag), may("italic", isFlag), may("strike", isFlag), may("code", isFlag), may("underline", isFlag),
	))
	own := map[string][]prop{
		"text":      {need("text", isText(0, 0))},
		"link":      {need("url", isText(1, 3000)), may("text", isText(0, 0)), may("unsafe", isFlag)},
		"user":      {need("user_id", isText(1, 255))},
		"usergroup": {need("usergroup_id", isText(1, 255))},
		"team":      {need("team_id", isText(1, 255))},
		"channel":   {need("channel_id", isText(1, 255))},
		"emoji":     {need("name", isText(1, 255)), may("unicode", isText(0, 0)), may("url", isText(0, 0)), may("skin_tone", isWhole(1, 6))},
		"broadcast": {need("range", isOneOf("here", "channel", "everyone"))},
		"color":     {need("value", isText(1, 255))},
		"date": {
			need("timestamp", isNumber), need("format", isText(1, 0)), may("url", isText(0, 0)),
			may("fallback", isText(0, 0)), may("timezone", isText(0, 0)),
		},
	}[str(o, "type")]
	if own == nil {
		c.fail(at+"/type", "unsupported type: %s", str(o, "type"))
		return
	}
	c.props(at, o, append(own, need("type", isAnything), style))
}

// pointer appends an index to a JSON pointer.
func pointer(at string, i int) string { return fmt.Sprintf("%s/%d", at, i) }
