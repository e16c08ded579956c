/**
 * Makes calls of `work` run one at a time. A call that comes while one runs is not lost: the work runs
 * once more after it, since what the caller has just stored may have come too late for the running one.
 * The promise ends when all that was asked for is done; the work's errors reach the caller that waits for it.
 */
export function again(work: () => Promise<void>): () => Promise<void> {
  let wanted = false;
  let running: Promise<void> | undefined;
  const loop = async () => {
    while (wanted) {
      wanted = false;
      await work();
    }
  };
  return () => {
    wanted = true;
    running ??= loop().finally(() => {
      running = undefined;
    });
    return running;
  };
}
