package bot

import (
	"strings"

	"liaison/agency"
)

// Mention names a person so that each platform shows (but by our settings does not ping) the account that is its own.
func Mention(name string, accounts ...agency.Identity) Text {
	refs := make([]string, len(accounts))
	for i, who := range accounts {
		refs[i] = who.String()
	}
	return Text{{Style: Person, Ref: strings.Join(refs, " "), Text: name}}
}

// Account gives the user id of a Person span's account in a workspace of a platform; false when they have none there, so that
// they are shown by name.
func (s Span) Account(on agency.Platform, workspace string) (user string, ok bool) {
	for ref := range strings.FieldsSeq(s.Ref) {
		who, err := agency.ParseIdentity(ref)
		if err == nil && who.Platform == on && who.Workspace == workspace {
			return who.User, true
		}
	}
	return "", false
}

// MemberName is how a member is shown: mentioned where they have an account, by name elsewhere, "nobody" for none.
func MemberName(d *agency.Desk, id agency.MemberID) (Text, error) {
	if id == 0 {
		return T("nobody"), nil
	}
	m, err := d.Member(id)
	if err != nil {
		return nil, err
	}
	accounts, err := d.AccountsOf(id)
	return Mention(m.Name, accounts...), err
}
