using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class SharedSpanTests
{
    [Fact]
    public void What_threads_write_to_the_memory_is_in_the_span()
    {
        float[] numbers = new float[1000];
        SharedSpan.Use(numbers.AsSpan(100, 800), memory =>
        {
            Assert.Equal(800, memory.Length);
            Parallel.For(0, memory.Length, i => memory.Span[i] = i + 1);
        });

        Assert.All(numbers[..100], number => Assert.Equal(0, number));
        Assert.Equal(Enumerable.Range(1, 800).Select(number => (float)number), numbers[100..900]);
        Assert.All(numbers[900..], number => Assert.Equal(0, number));
    }
}
