using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>A copy in the precision of a product, as <see cref="RoundOperand"/> makes it.</summary>
internal readonly struct Shadow<TProduct> : IShadow
    where TProduct : struct, IMatrixProduct
{
    public static RoundedSquares Store(
        OperandView shadow, int row, int column, float value, RoundedSquares squares)
    {
        // Of a word of two numbers only one half: the other belongs to another thread.
        uint word = TProduct.Round(value, 0);
        if (TProduct.ElementsInWord == 1)
        {
            shadow.Words[((long)row * shadow.WordsInRow) + column] = word;
        }
        else
        {
            ArrayView<ushort> halves = shadow.Words.Cast<ushort>();
            halves[((long)row * shadow.WordsInRow * 2) + column] = (ushort)(word & 0xFFFF);
        }

        return RoundedSquares.Add(squares, value, TProduct.First(word));
    }

    public static RoundedSquares Store(
        OperandView shadow, int row, int column, float x, float y, float z, float w, RoundedSquares squares)
    {
        long place = ((long)row * shadow.WordsInRow) + (column / TProduct.ElementsInWord);
        if (TProduct.ElementsInWord == 1)
        {
            Fragment words = new(
                TProduct.Round(x, 0), TProduct.Round(y, 0), TProduct.Round(z, 0), TProduct.Round(w, 0));
            ArrayView<Fragment> fragments = shadow.Words.Cast<Fragment>();
            GlobalVector.Store(ref fragments[place >> 2], words);
            squares = RoundedSquares.Add(squares, x, TProduct.First(words.Word0));
            squares = RoundedSquares.Add(squares, y, TProduct.First(words.Word1));
            squares = RoundedSquares.Add(squares, z, TProduct.First(words.Word2));
            return RoundedSquares.Add(squares, w, TProduct.First(words.Word3));
        }

        WordPair pair = new(TProduct.Round(x, y), TProduct.Round(z, w));
        ArrayView<WordPair> pairs = shadow.Words.Cast<WordPair>();
        GlobalVector.Store(ref pairs[place >> 1], pair);
        squares = RoundedSquares.Add(squares, x, TProduct.First(pair.Lower));
        squares = RoundedSquares.Add(squares, y, TProduct.Second(pair.Lower));
        squares = RoundedSquares.Add(squares, z, TProduct.First(pair.Upper));
        return RoundedSquares.Add(squares, w, TProduct.Second(pair.Upper));
    }

    public static void StoreLengths(OperandView shadow, int row, RoundedSquares squares, float inflation)
    {
        shadow.Norms[row] = ScreeningBound.LengthAbove(squares.Seen, inflation);
        shadow.Errors[row] = ScreeningBound.LengthAbove(squares.Lost, inflation);
    }
}
