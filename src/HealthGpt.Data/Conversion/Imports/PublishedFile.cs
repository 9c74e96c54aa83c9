using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>A file of a published dataset.</summary>
/// <param name="Path">Its full path.</param>
/// <param name="Split">The split that its place says; empty where its records say it.</param>
/// <param name="Task">The task of its samples.</param>
internal sealed record PublishedFile(string Path, string Split, TaskDefinition Task);
