package identity

import "anxin/internal/platform/problem"

// Signing in.
var (
	// ErrCredentials is the one answer to an unknown name, a wrong password and a disabled account.
	ErrCredentials  = problem.Declare("identity.credentials", problem.Unauthorized)
	ErrCodeRequired = problem.Declare("identity.code_required", problem.Unauthorized)
	ErrSecondFactor = problem.Declare("identity.second_factor", problem.Unauthorized)
	ErrThrottled    = problem.Declare("identity.throttled", problem.TooMany)
	// ErrClientHeader says that a change came with a session cookie but without the X-Anxin-Client header,
	// which a foreign page cannot send.
	ErrClientHeader = problem.Declare("identity.client_header", problem.Forbidden)
	ErrPasskey      = problem.Declare("identity.passkey", problem.Unauthorized)
	// ErrPasskeyCloned says that the counter of a passkey ran backwards.
	ErrPasskeyCloned = problem.Declare("identity.passkey_cloned", problem.Unauthorized)
	ErrCeremony      = problem.Declare("identity.ceremony", problem.Gone)
	ErrPasskeysOff   = problem.Declare("identity.passkeys_off", problem.Conflict)
	ErrPasskeyKnown  = problem.Declare("identity.passkey_known", problem.Conflict)
	ErrPasskeyMany   = problem.Declare("identity.passkey_many", problem.Conflict)
	ErrNoPasskey     = problem.Declare("identity.no_passkey", problem.NotFound)
	ErrKey           = problem.Declare("identity.key", problem.Unauthorized)
)

// Users, roles, sessions and keys.
var (
	ErrNoUser        = problem.Declare("identity.no_user", problem.NotFound)
	ErrNoRole        = problem.Declare("identity.no_role", problem.NotFound)
	ErrNoKey         = problem.Declare("identity.no_key", problem.NotFound)
	ErrNoSession     = problem.Declare("identity.no_session", problem.NotFound)
	ErrState         = problem.Declare("identity.state", problem.Conflict)
	ErrLastAdmin     = problem.Declare("identity.last_admin", problem.Conflict)
	ErrNotFirst      = problem.Declare("identity.not_first", problem.Conflict)
	ErrBeyond        = problem.Declare("identity.beyond_own", problem.Forbidden)
	ErrPeopleOnly    = problem.Declare("identity.people_only", problem.Forbidden)
	ErrRoleInUse     = problem.Declare("identity.role_in_use", problem.Conflict)
	ErrBuiltIn       = problem.Declare("identity.built_in", problem.Conflict)
	ErrWeak          = problem.Declare("identity.weak_password", problem.Invalid)
	ErrSamePassword  = problem.Declare("identity.same_password", problem.Invalid)
	ErrWrongPassword = problem.Declare("identity.wrong_password", problem.Invalid)
	ErrWrongCode     = problem.Declare("identity.wrong_code", problem.Invalid)
	ErrTOTPOn        = problem.Declare("identity.totp_on", problem.Conflict)
	ErrTOTPOff       = problem.Declare("identity.totp_off", problem.Conflict)
)

// Links and codes.
var (
	ErrLink        = problem.Declare("identity.link", problem.Unauthorized)
	ErrLinkExpired = problem.Declare("identity.link_expired", problem.Gone)
	ErrNoCode      = problem.Declare("identity.no_code", problem.Conflict)
	ErrCodeWrong   = problem.Declare("identity.code_wrong", problem.Invalid)
	ErrCodeExpired = problem.Declare("identity.code_expired", problem.Gone)
	ErrCodeUsed    = problem.Declare("identity.code_used", problem.Conflict)
	ErrCodeSpent   = problem.Declare("identity.code_spent", problem.TooMany)
	ErrCodeTooSoon = problem.Declare("identity.code_too_soon", problem.TooMany)
)
