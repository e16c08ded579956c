import { useCatalog, useNameOf, useSay } from './server';

/** One reason of the planner, without its words. */
interface PlainReason {
  code: string;
  params?: Record<string, unknown> | undefined;
  limit?: unknown;
  value?: unknown;
}

/** Words for the planner's reasons: the server's sentence with its numbers put in. */
export function useReasonWords(): (reason: PlainReason) => string {
  const say = useSay();
  const nameOf = useNameOf();
  const skills = useCatalog()?.skills;
  return (reason) => {
    const values: Record<string, unknown> = { ...reason.params, limit: reason.limit, value: reason.value };
    return say(`reason.${reason.code}`).replace(/\{(\w+)(?:\|[^}]*)?\}/g, (_, name: string) => {
      const value = values[name];
      if (name === 'skill') return nameOf(skills?.find((one) => one.code === value), typeof value === 'string' ? value : '');
      return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
    });
  };
}
