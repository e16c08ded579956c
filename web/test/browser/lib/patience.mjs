/** How long a step may take, in ms: the product's speed is measured elsewhere, and a borrowed machine is slow. */
export const patience = Number(process.env['ANXIN_TEST_PATIENCE'] ?? 60_000);
