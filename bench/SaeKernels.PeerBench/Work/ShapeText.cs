using System.Globalization;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Shapes on the command line, as <c>sae bench</c> writes them: width, latents, k and batch.</summary>
internal static class ShapeText
{
    private const int Sizes = 4;

    /// <summary>Reads a shape.</summary>
    /// <exception cref="ArgumentException">The text is no shape.</exception>
    public static StepShape Parse(string text)
    {
        int[] numbers =
        [
            .. text.Split(',').Select(part =>
                int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0),
        ];
        return numbers.Length == Sizes && numbers.All(number => number > 0)
            ? new StepShape(numbers[0], numbers[1], numbers[2], numbers[3])
            : throw new ArgumentException(
                "--shapes: a shape must be width, latents, k and batch, four whole numbers above 0 with commas, but is "
                + $"'{text}'. Write it like 512,16384,32,2048.");
    }
}
