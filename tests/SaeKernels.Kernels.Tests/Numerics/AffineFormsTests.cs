using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class AffineFormsTests
{
    [Theory]
    [InlineData(128, 0)]
    [InlineData(128, 1)]
    [InlineData(384, 25)]
    public void A_form_is_one_chain_of_fused_multiply_adds(int forms, int terms)
    {
        float[] weights = Draw(forms * terms, 1);
        float[] offsets = Draw(forms, 2);
        float[] point = Draw(terms, 3);
        offsets[^1] = float.PositiveInfinity;
        float[] found = new float[forms];
        Array.Fill(found, float.NaN);
        AffineForms.Evaluate(weights, offsets, point, found);

        for (int form = 0; form < forms; form++)
        {
            float expected = -offsets[form];
            for (int k = 0; k < terms; k++)
            {
                expected = MathF.FusedMultiplyAdd(point[k], weights[(k * forms) + form], expected);
            }

            Assert.Equal(expected, found[form]);
        }
    }

    [Fact]
    public void Lengths_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(
            () => AffineForms.Evaluate(new float[100], new float[100], new float[1], new float[100]));
        Assert.Throws<ArgumentException>(
            () => AffineForms.Evaluate(new float[128], new float[128], new float[2], new float[128]));
    }

    private static float[] Draw(int count, ulong seed)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = (float)random.NextNormal();
        }

        return numbers;
    }
}
