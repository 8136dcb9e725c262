using System.Runtime.CompilerServices;

namespace SaeKernels.Abstractions;

/// <summary>Checks that the arguments of an operation fit together, with messages that name both sides.</summary>
public static class Shape
{
    /// <summary>Throws unless a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="where">The operation or buffer.</param>
    /// <param name="found">What must hold and what was found.</param>
    /// <param name="remedy">How to mend it.</param>
    /// <exception cref="ArgumentException">The condition does not hold.</exception>
    public static void Require(
        bool condition,
        string where,
        [InterpolatedStringHandlerArgument(nameof(condition))] ref RequirementText found,
        string remedy)
    {
        if (!condition)
        {
            throw new ArgumentException($"{where}: {found.ToStringAndClear()} {remedy}");
        }
    }

    /// <summary>Throws unless a matrix has the wanted shape.</summary>
    /// <param name="operation">The operation that needs it.</param>
    /// <param name="member">The argument's name.</param>
    /// <param name="matrix">The matrix.</param>
    /// <param name="rows">The wanted number of rows.</param>
    /// <param name="columns">The wanted number of columns.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public static void RequireMatrix(string operation, string member, RealMatrix matrix, int rows, int columns)
    {
        if (matrix.Buffer is null || matrix.Rows != rows || matrix.Columns != columns)
        {
            throw new ArgumentException(
                $"{operation}: {member} must be [{rows}, {columns}], but is [{matrix.Rows}, {matrix.Columns}]. "
                + "Pass a matrix of that shape.");
        }
    }

    /// <summary>Throws unless a buffer is there and long enough.</summary>
    /// <param name="operation">The operation that needs it.</param>
    /// <param name="member">The argument's name.</param>
    /// <param name="buffer">The buffer.</param>
    /// <param name="length">The least number of elements.</param>
    /// <exception cref="ArgumentException">The buffer is missing or shorter.</exception>
    public static void RequireLength(string operation, string member, DeviceBuffer? buffer, long length)
    {
        if (buffer is null || buffer.Length < length)
        {
            throw new ArgumentException(
                $"{operation}: {member} must hold at least {length} elements, but "
                + (buffer is null
                    ? "is missing. Pass a buffer."
                    : $"holds {buffer.Length}. Allocate a larger buffer."));
        }
    }
}
