import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type PublishedPackage, publishedPackages, runOk } from './repository.ts';

/** A published package, and the tarball that would go to the registry. */
export interface PackedPackage extends PublishedPackage {
  readonly tarball: string;
}

/** Packs every published package into `folder`, with pnpm, which turns `workspace:^` into a version. */
export async function packPackages(folder: string): Promise<readonly PackedPackage[]> {
  const packages = await publishedPackages();
  for (const { folder: source } of packages)
    await runOk(source, 'pnpm', 'pack', '--pack-destination', folder);
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  return packages.map((found) => {
    const start = `${found.name.replace('@', '').replace('/', '-')}-`;
    const tarball = tarballs.find((name) => name.startsWith(start) && /^\d/.test(name.slice(start.length)));
    if (tarball === undefined) throw new Error(`no tarball of ${found.name} among ${tarballs.join(', ')}`);
    return { ...found, tarball: join(folder, tarball) };
  });
}
