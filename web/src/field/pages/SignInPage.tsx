import { SignInForm } from '../parts/SignInForm';

import { go } from '../route';
import { enter } from '../session';

/** The way in; whoever signs in gets back to the day. */
export function SignInPage() {
  return (
    <main className="page signing">
      <SignInForm onSignedIn={(me) => void enter(me).then(() => go({ page: 'visits', day: 'today' }))} />
    </main>
  );
}
