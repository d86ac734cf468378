namespace AdwUNet.Scheduling;

/// <summary>What Slurm says of a task of a job.</summary>
/// <param name="Task">Its name, such as <c>12_3</c>, or <c>12_[3-9]</c> for tasks that wait.</param>
/// <param name="State">Slurm's word, such as <c>PENDING</c> or <c>RUNNING</c>.</param>
/// <param name="Nodes">The nodes; empty while it waits.</param>
/// <param name="Reason">Why it waits, in Slurm's word, such as <c>Priority</c>.</param>
public sealed record SlurmTaskState(string Task, string State, string Nodes, string Reason);
