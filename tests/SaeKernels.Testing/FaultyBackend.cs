using SaeKernels.Abstractions;

namespace SaeKernels.Testing;

/// <summary>Passes operations on, and after each one spoils one element of one output.</summary>
public sealed class FaultyBackend : DelegatingBackend
{
    private readonly string output;
    private readonly long index;
    private readonly double amount;

    /// <param name="inner">The backend that does the work.</param>
    /// <param name="output">The name of the buffer.</param>
    /// <param name="index">The element; buffers that are too short are left alone.</param>
    /// <param name="amount">What is added: at least a unit in the last place; 1 to 32-bit whole numbers.</param>
    public FaultyBackend(IComputeBackend inner, string output, long index, double amount)
        : base(inner)
    {
        this.output = output;
        this.index = index;
        this.amount = amount;
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        base.Synchronize();
        DeviceBuffer? target = this.Buffers.LastOrDefault(buffer => buffer.Name == this.output);
        if (target is null || target.Length <= this.index)
        {
            return;
        }

        switch (target)
        {
            case RealBuffer reals:
                float[] real = new float[1];
                reals.Download(real, this.index);
                float spoilt = (float)(real[0] + this.amount);
                reals.Upload([spoilt == real[0] ? MathF.BitIncrement(real[0]) : spoilt], this.index);
                break;
            case IntBuffer ints:
                int[] whole = new int[1];
                ints.Download(whole, this.index);
                ints.Upload([whole[0] + 1], this.index);
                break;
            case LongBuffer longs:
                long[] wide = new long[1];
                longs.Download(wide, this.index);
                longs.Upload([wide[0] + Math.Max(1, (long)Math.Ceiling(this.amount))], this.index);
                break;
        }
    }
}
