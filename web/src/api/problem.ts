/** Why one field was refused; `path` points into the request body, as window.start or lines.0.amount. */
export interface FieldProblem {
  path: string;
  code: string;
  words: string;
}

/** How a request failed: the server answered with a problem, or no answer came. */
export type FailureKind = 'problem' | 'network' | 'stopped';

interface Failure {
  kind: FailureKind;
  status: number;
  code: string;
  words: string;
  params?: Record<string, unknown>;
  fields?: FieldProblem[];
  requestId?: string;
  retryAfterMs?: number;
}

/** A failed request: code and parameters for programs, words in the asked language for people. */
export class ApiError extends Error {
  readonly kind: FailureKind;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly code: string;
  readonly words: string;
  readonly params: Record<string, unknown>;
  readonly fields: FieldProblem[];
  /** What support asks for; empty when the request never arrived. */
  readonly requestId: string;
  readonly retryAfterMs: number | undefined;

  constructor(failure: Failure) {
    super(failure.words || failure.code);
    this.name = 'ApiError';
    this.kind = failure.kind;
    this.status = failure.status;
    this.code = failure.code;
    this.words = failure.words;
    this.params = failure.params ?? {};
    this.fields = failure.fields ?? [];
    this.requestId = failure.requestId ?? '';
    this.retryAfterMs = failure.retryAfterMs;
  }

  /** Whether the same request may succeed later without anybody changing it. */
  get passing(): boolean {
    return this.kind === 'network' || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  /** Whether somebody else changed the record first. */
  get conflict(): boolean {
    return this.status === 409 || this.status === 412;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** `body.window.start` and `/window/start` both name the field window.start. */
function fieldPath(raw: string): string {
  return raw
    .replace(/^#?\//, '')
    .replaceAll('/', '.')
    .replace(/\[(\d+)\]/g, '.$1')
    .replace(/^body\.?/, '');
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((item) => ({
    path: fieldPath(text(item['pointer']) || text(item['field']) || text(item['location'])),
    code: text(item['code']),
    words: text(item['detail']) || text(item['message']),
  }));
}

/** Milliseconds of a Retry-After header in seconds or as a date. */
export function retryAfter(header: string | null, nowMs: number): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Reads a refusal (RFC 9457); an answer of another form keeps its status as code. */
export async function problemOf(response: Response): Promise<ApiError> {
  const headerId = response.headers.get('X-Request-Id') ?? '';
  const retryAfterMs = retryAfter(response.headers.get('Retry-After'), Date.now());
  const base = {
    kind: 'problem' as const,
    status: response.status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    body = undefined;
  }
  if (!isRecord(body)) return new ApiError({ ...base, code: `http.${response.status}`, words: '', requestId: headerId });
  return new ApiError({
    ...base,
    code: text(body['code']) || `http.${response.status}`,
    words: text(body['detail']) || text(body['title']),
    params: isRecord(body['params']) ? body['params'] : {},
    fields: fieldProblems(body['errors'] ?? body['fields']),
    requestId: text(body['request_id']) || headerId,
  });
}

/** Turns whatever was thrown into an ApiError. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'AbortError') {
    return new ApiError({ kind: 'stopped', status: 0, code: 'stopped', words: '' });
  }
  const isNetwork = thrown instanceof TypeError;
  return new ApiError({ kind: isNetwork ? 'network' : 'problem', status: 0, code: isNetwork ? 'network' : 'unexpected', words: '' });
}
