/** Numbers as a person reads them. */

/** Whole, with thousands set apart. */
export const count = (value: number): string => Math.round(value).toLocaleString('en');

/** 90 as `90 s`, 300 as `5 min`. */
export const seconds = (value: number): string => (value % 60 === 0 ? `${value / 60} min` : `${value} s`);

/** MiB as the largest unit that leaves at most one decimal worth reading. */
export function storage(mib: number): string {
  const [value, unit] = mib >= 1048576 ? [mib / 1048576, 'TiB'] : mib >= 1024 ? [mib / 1024, 'GiB'] : [mib, 'MiB'];
  return `${Number(value.toFixed(1)).toLocaleString('en')} ${unit}`;
}

/** Money to three figures: more would claim to know more than an estimate does. */
export const amount = (value: number, currency: string): string =>
  `${Number(value.toPrecision(3)).toLocaleString('en')} ${currency}`;

/** `Standard_D16ds_v5` and `GP_Standard_D16ds_v5` as `D16ds_v5`. */
export const short = (size: string): string => size.replace(/^(\w\w_)?Standard_/, '');
