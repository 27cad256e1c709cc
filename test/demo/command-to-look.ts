import { findProgram } from '../../src/embedded/installed-redis.ts'

/** What to type in another terminal to ask that Redis: redis-cli where it is installed, else plain Node. */
export function commandToLook(port: number, command: readonly string[]): string {
  const words = command.join(' ')
  if (findProgram('redis-cli') !== undefined) return `redis-cli -p ${port} ${words}`
  return `node -e "const s=require('net').connect(${port},'127.0.0.1');s.pipe(process.stdout);s.write('${words}\\r\\nQUIT\\r\\n')"`
}
