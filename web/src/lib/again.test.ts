import { expect, test } from 'vitest';

import { again } from './again';

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

test('what is asked for while the work ends is done once more', async () => {
  const stored = ['accept'];
  const sent: string[] = [];
  let atOnce = 0;
  const send = again(async () => {
    atOnce += 1;
    expect(atOnce).toBe(1);
    sent.push(...stored.splice(0));
    await pause(5); // reads the list, say
    atOnce -= 1;
  });
  const first = send();
  await pause(1);
  stored.push('finish');
  await Promise.all([first, send(), send()]);
  expect(sent).toEqual(['accept', 'finish']);
});

test('an error ends the run, and the next call starts anew', async () => {
  let calls = 0;
  const work = again(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('gone')) : Promise.resolve();
  });
  await expect(work()).rejects.toThrow('gone');
  await work();
  expect(calls).toBe(2);
});
