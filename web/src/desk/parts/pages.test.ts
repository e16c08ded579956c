import { describe, expect, it } from 'vitest';

import { fieldPage, recordPage } from './pages';

const id = '01926f3e-1111-7abc-8def-0123456789ab';

describe('recordPage', () => {
  it.each([
    ['case', id, `/cases/${id}`],
    ['outlet', id, `/admin/outlets?sel=${id}`],
    ['api_key', 'a b', '/admin/keys?sel=a%20b'],
    ['quote', id, undefined],
    ['toString', id, undefined],
    [undefined, id, undefined],
    ['case', undefined, undefined],
  ])('%s %s', (kind, key, want) => expect(recordPage(kind, key)).toBe(want));
});

describe('fieldPage', () => {
  it.each([
    ['case_id', id, `/cases/${id}`],
    ['orders', id, `/orders/${id}`],
    ['old_unit_id', id, `/units/${id}`],
    ['owner', id, `/customers/${id}`],
    ['assignee_id', id, `/admin/users?sel=${id}`],
    ['visit_id', id, undefined],
    ['case_id', 'C2611-1', undefined],
    ['unit', 3, undefined],
  ])('%s %s', (field, value, want) => expect(fieldPage(field, value)).toBe(want));
});
