import { call } from '@/api/client';
import { uuid } from '@/lib/ids';

/** Under which id a file goes to the server: the same when the form that holds it is sent again. */
const ids = new WeakMap<File, string>();

/** Hands a photo in and answers with its id. */
export async function upload(file: File): Promise<string> {
  const id = ids.get(file) ?? uuid();
  ids.set(file, id);
  await call('PUT', `/files/${id}?purpose=photo&name=${encodeURIComponent(file.name)}`, { body: file, headers: { 'Content-Type': 'application/octet-stream' } }, () => undefined);
  return id;
}
