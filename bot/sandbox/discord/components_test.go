package discord

import (
	"slices"
	"testing"
)

// idsOf lists the integer ids of components in the order in which they are drawn.
func idsOf(o object) (ids []int) {
	walk(items(o, "components"), func(c object) { ids = append(ids, intOr(c, "id", 0)) })
	return ids
}

// TestComponentsKeepTheirIds posts some that have an id and some that have none, and looks where they are shown again.
func TestComponentsKeepTheirIds(t *testing.T) {
	t.Parallel()
	s, base := start(t, testOptions())
	path := "/channels/" + general + "/messages"
	body := object{"flags": flagV2, "components": list{
		object{"type": 17, "id": 1_500_000_000, "components": list{
			object{"type": 10, "content": "a", "id": 2}, object{"type": 10, "content": "b", "id": 0}, object{"type": 1, "components": buttons(1)},
		}},
	}}
	want := []int{1_500_000_000, 2, 1, 3, 4} // those that are missing are counted up, past those that are taken
	_, posted := api(t, base, "POST", path, body)
	at := path + "/" + str(posted, "id")
	_, edited := api(t, base, "PATCH", at, object{"components": body["components"]})
	_, one := api(t, base, "GET", at, nil)
	_, all := api(t, base, "GET", path, nil)
	var pressed object
	app(t, s, func(i object) (int, any) { pressed = i; return 200, object{"type": 6} })
	if err := s.Press(ben, str(posted, "id"), "b0"); err != nil {
		t.Fatal(err)
	}
	for what, o := range map[string]object{"the answer": posted, "the edit": edited, "the message": one, "the history": asObjects(items(all, ""))[0], "a press": sub(pressed, "message")} {
		if got := idsOf(o); !slices.Equal(got, want) {
			t.Errorf("%s has the ids %v, want %v", what, got, want)
		}
	}
	if id := intOr(sub(pressed, "data"), "id", 0); id != 4 {
		t.Errorf("the pressed button has the id %d", id)
	}
	_, renumbered := api(t, base, "PATCH", at, object{"components": list{object{"type": 10, "content": "c"}}})
	if got := idsOf(renumbered); !slices.Equal(got, []int{1}) {
		t.Errorf("an edit that leaves the ids out gives %v", got)
	}
}
