/** The pages of the kinds of records that have one; the rest of a list's are opened beside their rows. */
const pages: Partial<Record<string, string>> = {
  case: '/cases/', order: '/orders/', unit: '/units/', customer: '/customers/', return: '/returns/', contract: '/contracts/', campaign: '/campaigns/',
  outlet: '/admin/outlets?sel=', engineer: '/admin/staff?sel=', user: '/admin/users?sel=', api_key: '/admin/keys?sel=', webhook: '/admin/webhooks?sel=',
};

/** Where a record is looked at; undefined for kinds without a page, and without an id. */
export function recordPage(kind: string | undefined, id: string | undefined): string | undefined {
  const page = kind && Object.hasOwn(pages, kind) ? pages[kind] : undefined;
  return page && id ? page + encodeURIComponent(id) : undefined;
}

/** Where the record is looked at that a field names by its id: case_id, orders, old_unit_id. */
export function fieldPage(field: string, value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)) return undefined;
  const kind = field.replace(/(_id|s)$/, '').replace(/^(old|new)_/, '');
  return recordPage(({ owner: 'customer', assignee: 'user' } as Partial<Record<string, string>>)[kind] ?? kind, value);
}
