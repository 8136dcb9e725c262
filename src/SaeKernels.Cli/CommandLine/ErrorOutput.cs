using System.Text;

namespace SaeKernels.Cli;

/// <summary>
/// Standard error that falls silent once it cannot be written, as on a full disk or a terminal that is gone: what a
/// command does must not end with what it says of it.
/// </summary>
internal sealed class ErrorOutput : TextWriter
{
    private TextWriter target;

    /// <summary>Takes the place of a writer.</summary>
    public ErrorOutput(TextWriter target) => this.target = target;

    /// <inheritdoc/>
    public override Encoding Encoding => this.target.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(target => target.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(target => target.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) =>
        Try(target => target.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(target => target.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(target => target.Flush());

    private void Try(Action<TextWriter> write)
    {
        try
        {
            write(this.target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            this.target = Null;
        }
    }
}
