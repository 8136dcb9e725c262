using SaeKernels.Abstractions;
using Xunit.Sdk;

namespace SaeKernels.Testing;

/// <summary>Numbers behind the used part of a buffer that no operation may touch.</summary>
public static class Canary
{
    private const double Value = -1.5e30;
    private const int Count = 19;

    /// <summary>Allocates an output that holds NaN, with canaries behind it.</summary>
    public static RealBuffer AllocateGuarded(this IComputeBackend backend, string name, int length)
    {
        RealBuffer buffer = backend.AllocateReal(name, length + Count);
        buffer.Upload(Enumerable.Repeat(double.NaN, length).Concat(Enumerable.Repeat(Value, Count)).ToArray());
        return buffer;
    }

    /// <summary>Reads the used part; fails where a canary is gone or an element was never written.</summary>
    public static double[] ReadGuarded(this RealBuffer buffer)
    {
        double[] values = buffer.ToArray();
        double[] canaries = values[^Count..];
        int touched = Array.FindIndex(canaries, canary => canary != (float)Value && canary != Value);
        int unwritten = Array.FindIndex(values[..^Count], double.IsNaN);
        if (touched >= 0 || unwritten >= 0)
        {
            throw new XunitException(touched >= 0
                ? $"{buffer.Name}: element {values.Length - Count + touched} lies behind the output, but was written."
                : $"{buffer.Name}: element {unwritten} must be written, but was not.");
        }

        return values[..^Count];
    }
}
