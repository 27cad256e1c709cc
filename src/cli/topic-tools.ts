import type { Command } from 'commander'
import { addConsumeCommand } from './consume-command.ts'
import { addGroupsCommand } from './groups-command.ts'
import { addProduceCommand } from './produce-command.ts'
import { addReassignCommand } from './reassign-command.ts'
import type { ToolHost } from './tool-host.ts'
import { addTopicsCommand } from './topics-command.ts'

/** The commands that do by hand what topologies do by themselves: for any Kafka, with the words of its own tools. */
export function addTopicTools(program: Command, host: ToolHost): void {
  addTopicsCommand(program, host)
  addProduceCommand(program, host)
  addConsumeCommand(program, host)
  addGroupsCommand(program, host)
  addReassignCommand(program, host)
}
