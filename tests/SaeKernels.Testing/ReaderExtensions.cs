namespace SaeKernels.Testing;

/// <summary>Reading of what processes write.</summary>
public static class ReaderExtensions
{
    /// <summary>
    /// Reads to the end on a thread of its own: other tests may occupy all pooled ones for a minute, in which a process
    /// would wait for a reader and its test for the process.
    /// </summary>
    /// <param name="reader">What is read.</param>
    /// <returns>All of it, when it has ended.</returns>
    public static Task<string> ReadToEndOnThread(this TextReader reader) =>
        Task.Factory.StartNew(
            reader.ReadToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
