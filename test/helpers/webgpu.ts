import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where Debian's chromium brings a software driver along, and the library that finds drivers. */
const chromium = '/usr/lib/chromium';
const driver = join(chromium, 'vk_swiftshader_icd.json');
const given = process.env.LD_LIBRARY_PATH;

/** For processes that calculate on WebGPU: a card's driver if one is told of, else that of software, if it is here. */
export const webgpuEnvironment: NodeJS.ProcessEnv = {
  ...(existsSync(driver) && process.env.VK_ICD_FILENAMES === undefined && { VK_ICD_FILENAMES: driver }),
  ...(existsSync(join(chromium, 'libvulkan.so.1')) && { LD_LIBRARY_PATH: given ? `${given}:${chromium}` : chromium }),
  XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? '/tmp', // without it some drivers complain on stderr
};

export const noWebgpu = 'neither a graphics card nor a software Vulkan driver (chromium, or a recent lavapipe) is here';
