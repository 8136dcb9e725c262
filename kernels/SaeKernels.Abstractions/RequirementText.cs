using System.Runtime.CompilerServices;
using System.Text;

namespace SaeKernels.Abstractions;

/// <summary>An interpolated message that is only put together when the condition before it does not hold.</summary>
/// <remarks>Checks run on every operation of every step: a check that passes must allocate nothing.</remarks>
[InterpolatedStringHandler]
public ref struct RequirementText
{
    private readonly StringBuilder? text;

    /// <summary>Begins a message; called by the compiler.</summary>
    /// <param name="literalLength">Characters of the literal parts.</param>
    /// <param name="formattedCount">The number of values.</param>
    /// <param name="condition">The condition before the message.</param>
    /// <param name="shouldAppend">Whether the parts are wanted.</param>
    public RequirementText(int literalLength, int formattedCount, bool condition, out bool shouldAppend)
    {
        shouldAppend = !condition;
        this.text = condition ? null : new StringBuilder(literalLength + (formattedCount * 8));
    }

    /// <summary>Adds a literal part; called by the compiler.</summary>
    /// <param name="value">The part.</param>
    public readonly void AppendLiteral(string value) => this.text!.Append(value);

    /// <summary>Adds a value; called by the compiler.</summary>
    /// <param name="value">The value.</param>
    /// <typeparam name="T">Its type.</typeparam>
    public readonly void AppendFormatted<T>(T value) => this.text!.Append(value);

    /// <summary>Returns the message.</summary>
    public readonly string ToStringAndClear() => this.text!.ToString();
}
